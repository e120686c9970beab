using Donations.StripeSimulator.Core;

namespace Donations.StripeSimulator.Payments;

internal sealed class FeeDetail
{
    public long Amount { get; set; }

    public string Description { get; set; } = "";
}

internal sealed class BalanceTransaction : Entity
{
    public long Amount { get; set; }

    public long Fee { get; set; }

    public List<FeeDetail>? FeeDetails { get; set; }

    public string Currency { get; set; } = "";

    public string Type { get; set; } = "";

    public string ReportingCategory { get; set; } = "";

    public string? Source { get; set; }

    public string? Description { get; set; }

    public decimal? ExchangeRate { get; set; }

    public long AvailableOn { get; set; }

    /// <summary>The automatic payout that carried this money out.</summary>
    public string? Payout { get; set; }

    public long Net => Amount - Fee;
}

internal sealed class Payout : MetadataEntity
{
    public long Amount { get; set; }

    public string Currency { get; set; } = "";

    public long ArrivalDate { get; set; }

    public bool Automatic { get; set; }

    public string? BalanceTransaction { get; set; }

    public string? Description { get; set; }

    public string? StatementDescriptor { get; set; }

    public string Method { get; set; } = "standard";

    public string Status { get; set; } = "in_transit";

    public string ReconciliationStatus { get; set; } = "not_applicable";

    public string? FailureCode { get; set; }

    public string? FailureBalanceTransaction { get; set; }
}
