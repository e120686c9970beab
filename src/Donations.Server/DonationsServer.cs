using Donations.Server.Appeals;
using Donations.Server.Campaigns;
using Donations.Server.Donors;
using Donations.Server.Ledger;
using Donations.Server.Mail;
using Donations.Server.Operations;
using Donations.Server.Payments;
using Donations.Server.Pledges;
using Donations.Server.Receipts;
using Donations.Server.Reminders;
using Donations.Server.Reports;
using Donations.Server.Rpc;
using Donations.Server.Storage;

namespace Donations.Server;

/// <summary>Composes the service: a room a line. Tests compose the same one, on other ports and with another clock.</summary>
internal static class DonationsServer
{
    /// <summary>Settings are read and checked at the start; to watch their files is to be told of every write to a database that lies beside them.</summary>
    private const string ReadSettingsOnce = "--hostBuilder:reloadConfigOnChange=false";

    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder([ReadSettingsOnce, .. args]);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<RandomSource>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 1024 * 1024;
        });
        configure?.Invoke(builder);

        builder.Services.AddStorage(builder.Configuration, builder.Environment);
        builder.Services.AddRpc(builder.Configuration, builder.Environment);
        builder.Services.AddCampaigns(builder.Configuration, builder.Environment);
        builder.Services.AddAppeals();
        builder.Services.AddDonors(builder.Configuration, builder.Environment);
        builder.Services.AddMail(builder.Configuration, builder.Environment);
        builder.Services.AddReminders();
        builder.Services.AddLedger(builder.Configuration);
        builder.Services.AddPayments(builder.Configuration, builder.Environment);
        builder.Services.AddPledges(builder.Configuration);
        builder.Services.AddReceipts(builder.Configuration);
        builder.Services.AddReports();

        var app = builder.Build();
        app.UseDevelopmentPage();
        app.UseRpc();
        app.MapCampaigns();
        app.MapAppeals();
        app.MapMail();
        app.MapReminders();
        app.MapLedger();
        app.MapPayments();
        app.MapPledges();
        app.CheckVault();
        app.MapReceipts();
        app.MapReports();
        app.MapOperations();
        return app.LogWhenReady();
    }
}
