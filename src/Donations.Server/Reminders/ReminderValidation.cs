using Donations.Server.Campaigns;
using Donations.Server.Donors;
using Donations.Server.Rpc;
using Donations.V1;

namespace Donations.Server.Reminders;

/// <summary>A CreateReminderRequest whose fields are well formed.</summary>
/// <param name="CampaignId">The campaign.</param>
/// <param name="MonthsAhead">Of a one-off, 0 to 12; null: it recurs.</param>
/// <param name="EveryMonths">Of a recurring one, 1 to 12; 0: a one-off.</param>
internal sealed record CheckedReminder(string CampaignId, int? MonthsAhead, int EveryMonths);

internal static class ReminderValidation
{
    /// <summary>Checks form only: what needs the catalogue comes after.</summary>
    public static CheckedReminder Check(CreateReminderRequest request)
    {
        var violations = new Violations();
        var reminder = request.Reminder;
        violations.Require(CampaignNames.TryParseCampaign(reminder.Campaign, out var campaignId), "reminder.campaign", "must look like campaigns/{campaign}");
        if (reminder.OneOff is { } once)
            violations.Require(once.MonthsAhead is >= 0 and <= ReminderDates.MaxMonths, "reminder.one_off.months_ahead", $"must be from 0 (next month) to {ReminderDates.MaxMonths}");
        else if (reminder.Recurring is { } again)
            violations.Require(again.EveryMonths is >= 1 and <= ReminderDates.MaxMonths, "reminder.recurring.every_months", $"must be from 1 to {ReminderDates.MaxMonths}");
        else
            violations.Add("reminder.one_off", "one of one_off and recurring is required");
        violations.Require(ContactVault.IsPlausible(request.Email), "email", "must be an e-mail address");
        violations.Require(request.Locale.Length == 0 || CampaignValidation.IsLocale(request.Locale), "locale", "must be a BCP-47 tag, such as en or pt-BR");
        violations.Require(request.Country.Length == 0 || Countries.IsKnown(request.Country), "country", "must be an ISO 3166-1 alpha-2 code, upper case");
        violations.ThrowIfAny();
        return new(campaignId!, reminder.OneOff?.MonthsAhead, reminder.Recurring?.EveryMonths ?? 0);
    }
}
