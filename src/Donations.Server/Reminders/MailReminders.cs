using Donations.Server.Campaigns;
using Donations.Server.Donors;
using Donations.Server.Mail;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;

namespace Donations.Server.Reminders;

/// <summary>Takes and ends reminders by mail. Those on the device are the client's alone.</summary>
internal sealed class MailReminders(ReminderVault vault, ContactSealer sealer, UnsubscribeLinks links, CampaignCatalog catalog, DonorSafetyOptions safety, MailOptions mail, Ids ids, TimeProvider time)
{
    private readonly HashSet<string> _listed = safety.ListedCountries();

    /// <summary>Mail is sent, and each could carry the link that cancels.</summary>
    public bool AreOffered => mail.Mode == MailMode.Mailer && links.AreOn;

    /// <summary>Keeps a reminder. Nothing of the answer depends on whether the address was known.</summary>
    public async Task<Reminder> CreateAsync(CreateReminderRequest request)
    {
        var form = ReminderValidation.Check(request);
        if (!AreOffered || _listed.Contains(request.Country))
            throw RpcErrors.ReminderRefused();
        var now = time.NowMicros();
        var name = CampaignNames.Campaign(form.CampaignId);
        var campaign = catalog.Current.Find(form.CampaignId) ?? throw RpcErrors.NotFound(name);
        if (campaign.StateAt(now) == Campaign.Types.State.Ended)
            throw RpcErrors.StateInvalid(name, "ENDED", "nobody is reminded of it any more");

        var today = ReminderDates.Day(now);
        var day = form.MonthsAhead is { } months ? ReminderDates.OneOff(today, months) : ReminderDates.Next(today, form.EveryMonths, today);
        var contact = sealer.Seal(request.Email);
        var locale = request.Locale.Length == 0 ? campaign.Resource.DefaultLocale : request.Locale;
        var dayUs = ReminderDates.Micros(day);
        var row = new ReminderRow(ids.New(), form.CampaignId, contact.Index, contact.Box, contact.KeyId, locale, form.EveryMonths, (long)ReminderState.Waiting, dayUs, dayUs, now);
        await vault.AddAsync(row);
        return ReminderMapping.ToReminder(row, form);
    }

    /// <summary>Ends all reminders of the reader that a link was made for; false: it is none of ours.</summary>
    public async Task<bool> CancelAsync(string token)
    {
        if (links.Read(token) is not { } emailIndex)
            return false;
        await vault.CancelAsync(emailIndex);
        return true;
    }
}
