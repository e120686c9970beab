using Donations.ContractTests.Descriptors;
using Donations.Testing;
using Donations.V1;
using Google.Api;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Donations.ContractTests.Errors;

/// <summary>A server with two donors, and a valid request for any rpc, made from its descriptor.</summary>
public sealed class ContractWorld : IAsyncLifetime
{
    /// <summary>Well-formed and nobody's.</summary>
    public const string NoId = "00000000000000000000000000";

    /// <summary>The one resource that always exists.</summary>
    public const string Singleton = "appealSettings";

    public Scenario Scenario { get; private set; } = null!;

    public CreatePledgeResponse Own { get; private set; } = null!;

    public CreatePledgeResponse Foreign { get; private set; } = null!;

    internal TestServer Server => Scenario.Server;

    private Dictionary<string, string> _ownNames = [];
    private Dictionary<string, string> _foreignNames = [];

    public async ValueTask InitializeAsync()
    {
        Scenario = await Scenario.StartAsync();
        Own = await Scenario.PledgeAsync();
        Foreign = await Scenario.PledgeAsync();
        await Scenario.SettleAsync();
        (_ownNames, _foreignNames) = (await NamesAsync(Own), await NamesAsync(Foreign));
    }

    public ValueTask DisposeAsync() => Scenario.DisposeAsync();

    public CallOptions As(string role) => role switch
    {
        "none" => default,
        "donor-own" => Scenario.Donor(Own),
        "donor-foreign" => Scenario.Donor(Foreign),
        _ => Server.As(role),
    };

    /// <summary>A request with every required field, about the first donor's resources and a campaign that does not exist.</summary>
    internal IMessage Request(MethodDescriptor method) => Fill(method.InputType, method);

    /// <summary>What a resource of this type is called: the first donor's, or one that does not exist.</summary>
    internal string NameOf(string type, bool exists = true) => (exists ? _ownNames : Missing)[type["donations.example.org/".Length..]];

    internal static readonly Dictionary<string, string> Missing = new()
    {
        ["Campaign"] = "campaigns/nowhere",
        ["Tier"] = "campaigns/nowhere/tiers/none",
        ["Appeal"] = "campaigns/nowhere/appeals/none",
        ["CampaignProgress"] = "campaigns/nowhere/progress",
        ["AppealSettings"] = Singleton,
        ["Pledge"] = $"donors/{NoId}/pledges/{NoId}",
        ["Payment"] = $"payments/{NoId}",
        ["Refund"] = $"refunds/{NoId}",
        ["Dispute"] = $"disputes/{NoId}",
        ["InboxEvent"] = "inboxEvents/evt_none",
        ["Reconciliation"] = $"reconciliations/{NoId}",
        ["ReconciliationException"] = $"exceptions/{NoId}",
        ["Mail"] = $"mails/{NoId}",
        ["JournalEntry"] = "journalEntries/999999999",
        ["BalanceTransaction"] = "balanceTransactions/txn_none",
        ["Payout"] = "payouts/po_none",
        ["Period"] = "periods/1999-01",
        ["JournalProposal"] = $"journalProposals/{NoId}",
        ["Receipt"] = $"payments/{NoId}/receipt",
        ["AnnualStatement"] = $"donors/{NoId}/annualStatements/2026",
    };

    private async Task<Dictionary<string, string>> NamesAsync(CreatePledgeResponse made)
    {
        var payment = (await Scenario.PaymentsAsync(made))[0].Name;
        return new(Missing)
        {
            ["Pledge"] = made.Pledge.Name,
            ["Payment"] = payment,
            ["Receipt"] = payment + "/receipt",
            ["AnnualStatement"] = $"{string.Join('/', made.Pledge.Name.Split('/')[..2])}/annualStatements/2026",
        };
    }

    private IMessage Fill(MessageDescriptor type, MethodDescriptor method)
    {
        var message = type.New();
        foreach (var field in type.Fields.InDeclarationOrder())
        {
            var reference = field.GetOptions()?.GetExtension(ResourceExtensions.ResourceReference);
            if (reference is not null && (field.Is(FieldBehavior.Required) || field.Name is "name" or "parent" or "pledge"))
                field.Accessor.SetValue(message, ReferenceTo(reference, field, method));
            else if (field.Is(FieldBehavior.Identifier) && method.Name.StartsWith("Update", StringComparison.Ordinal))
                field.Accessor.SetValue(message, NameOf(type.Resource()!.Type));
            else if (field.Is(FieldBehavior.Required) || field is { Name: "payment_method" } && method.Name == "UpdatePaymentMethod")
                Set(message, field, method);
        }

        return message;
    }

    private string ReferenceTo(ResourceReference reference, FieldDescriptor field, MethodDescriptor method)
    {
        if (reference.Type.Length > 0)
            return NameOf(reference.Type);
        // CreatePledge's parent is `donors/me` or nothing; a list's is the donor.
        if (reference.ChildType.EndsWith("/Pledge", StringComparison.Ordinal))
            return method.Name is "CreatePledge" or "CreateCheckoutSession" ? "" : string.Join('/', Own.Pledge.Name.Split('/')[..2]);
        return field.Name == "parent" ? Missing["Campaign"] : throw new InvalidOperationException($"Nobody knows a {field.FullName}");
    }

    private void Set(IMessage message, FieldDescriptor field, MethodDescriptor method)
    {
        object value = field switch
        {
            { Name: "request_id" or "batch_id" } => Scenario.NewRequestId(),
            { Name: "manage_code" } => Own.ManageCode,
            { Name: "currency" } => "USD",
            { Name: "payment_method" } => "pm_card_visa",
            { Name: "success_url" } => "https://paper.example/thanks",
            { FieldType: FieldType.String } => field.Name.EndsWith("locale", StringComparison.Ordinal) ? "en" : "any-text",
            { FieldType: FieldType.Enum, Name: "interval" } => (int)PledgeInterval.Annual,
            { FieldType: FieldType.Enum } => 1,
            { FieldType: FieldType.Message } when field.IsMessage("google.type.Money") => Scenario.Usd(2),
            { FieldType: FieldType.Message } when field.IsMessage("google.type.Interval") && field.Name == "compared_interval" => new Google.Type.Interval { StartTime = new() { Seconds = 1_699_920_000 }, EndTime = new() { Seconds = 1_700_006_400 } },
            { FieldType: FieldType.Message } when field.IsMessage("google.type.Interval") => new Google.Type.Interval { StartTime = new() { Seconds = 1_700_006_400 }, EndTime = new() { Seconds = 1_700_092_800 } },
            { FieldType: FieldType.Message } => Fill(field.MessageType, method),
            _ => throw new InvalidOperationException($"Nobody knows a {field.FullName}"),
        };
        if (field.IsRepeated)
            ((System.Collections.IList)field.Accessor.GetValue(message)).Add(value);
        else
            field.Accessor.SetValue(message, value);
    }
}
