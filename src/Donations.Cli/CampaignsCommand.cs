using System.CommandLine;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Spectre.Console;
using Client = Donations.V1.CampaignService.CampaignServiceClient;

namespace Donations.Cli;

/// <summary>`donations campaigns`: what editors do at a terminal.</summary>
internal static class CampaignsCommand
{
    private const string Prefix = "campaigns/";
    private const int DefaultLimit = 50;
    private static readonly string[] Columns = ["name", "state", "priority", "start_time", "end_time", "allocation", "update_time", "archive_time"];
    private static readonly string[] Keep = ["name", "state"];

    /// <summary>A text in full is for --format json.</summary>
    private const int MaxValue = 60;

    public static Command Create()
    {
        var server = new ServerOptions("editor");
        var command = new Command(
            "campaigns",
            "Campaigns: list, check before publishing, publish, pause, copy, preview, archive, history. Examples: donations campaigns check winter; donations campaigns copy autumn winter; donations campaigns preview winter --hours 48")
        {
            List(server),
            Check(server),
            Move(server, "publish", "Show a campaign to readers", (c, name, h, t) => c.PublishCampaignAsync(new() { Name = name }, h, cancellationToken: t)),
            Move(server, "pause", "Take a campaign off for now", (c, name, h, t) => c.PauseCampaignAsync(new() { Name = name }, h, cancellationToken: t)),
            Move(server, "resume", "Show a paused campaign again", (c, name, h, t) => c.ResumeCampaignAsync(new() { Name = name }, h, cancellationToken: t)),
            Move(server, "end", "End a campaign for good; its pledges go on", (c, name, h, t) => c.EndCampaignAsync(new() { Name = name }, h, cancellationToken: t)),
            Move(server, "archive", "Put an ended campaign or a draft away", (c, name, h, t) => c.ArchiveCampaignAsync(new() { Name = name }, h, cancellationToken: t)),
            Move(server, "unarchive", "Take a campaign out of the archive", (c, name, h, t) => c.UnarchiveCampaignAsync(new() { Name = name }, h, cancellationToken: t)),
            Copy(server),
            Preview(server),
            History(server),
        };
        server.AddTo(command);
        return command;
    }

    private static Command List(ServerOptions server)
    {
        var archived = new Option<bool>("--archived") { Description = "Archived ones too" };
        var limit = Listing.LimitOption(DefaultLimit);
        var listing = new Listing();
        var command = new Command("list", "List campaigns, newest first. Example: donations campaigns list --archived") { archived, limit };
        listing.AddTo(command);
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var client = new Client(channel);
            var campaigns = await Listing.PagesAsync<Campaign>(parsed.GetValue(limit), async (size, token) =>
            {
                var page = await client.ListCampaignsAsync(new() { ShowArchived = parsed.GetValue(archived), PageSize = size, PageToken = token }, headers, cancellationToken: cancellationToken);
                return (page.Campaigns, page.NextPageToken);
            });
            listing.Write(parsed, campaigns, Columns, Keep, $"{campaigns.Count(c => c.State == Campaign.Types.State.Active)} of these are shown to readers");
        }));
        return command;
    }

    private static Command Check(ServerOptions server)
    {
        var name = NameArgument();
        var command = new Command("check", "Tell everything that keeps a campaign from being published, and what is worth a look. Exit code 3 with errors. Example: donations campaigns check winter") { name };
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var report = await new Client(channel).ValidateCampaignAsync(new() { Name = Name(parsed, name) }, headers, cancellationToken: cancellationToken);
            var output = parsed.InvocationConfiguration.Output;
            foreach (var problem in report.Problems)
                output.WriteLine($"{Words.Of(problem.Severity)}: {problem.Subject}{(problem.Field.Length == 0 ? "" : $" {problem.Field}")}: {problem.Description}");
            output.WriteLine(report.Publishable ? "It can be published." : "It cannot be published yet.");
            return report.Publishable ? 0 : CliException.Waiting;
        }));
        return command;
    }

    private static Command Move(ServerOptions server, string verb, string description, Func<Client, string, Metadata, CancellationToken, AsyncUnaryCall<Campaign>> call)
    {
        var name = NameArgument();
        var command = new Command(verb, $"{description}. Example: donations campaigns {verb} winter") { name };
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var campaign = await call(new(channel), Name(parsed, name), headers, cancellationToken);
            parsed.InvocationConfiguration.Output.WriteLine($"{campaign.Name} {Words.Of(campaign.State)}{(campaign.ArchiveTime is null ? "" : ", archived")}");
        }));
        return command;
    }

    private static Command Copy(ServerOptions server)
    {
        var name = NameArgument();
        var id = new Argument<string>("new-id") { Description = "Id of the copy" };
        var title = new Option<string>("--display-name") { Description = "Name of the copy; default: the same", DefaultValueFactory = _ => "" };
        var command = new Command("copy", "Copy a campaign with its tiers and appeals into a new draft. Example: donations campaigns copy autumn winter --display-name \"Winter drive\"") { name, id, title };
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var copy = await new Client(channel).CloneCampaignAsync(
                new() { Name = Name(parsed, name), CampaignId = parsed.GetValue(id)!, DisplayName = parsed.GetValue(title)! }, headers, cancellationToken: cancellationToken);
            parsed.InvocationConfiguration.Output.WriteLine($"{copy.Name} {Words.Of(copy.State)}");
        }));
        return command;
    }

    private static Command Preview(ServerOptions server)
    {
        var name = NameArgument();
        var appeal = new Option<string>("--appeal") { Description = "Id of one appeal; default: as readers would be allotted", DefaultValueFactory = _ => "" };
        var hours = new Option<int>("--hours") { Description = "How long the link is good, 1 to 720", DefaultValueFactory = _ => 24 };
        var command = new Command("preview", "Make a link that shows a campaign before it is published. Example: donations campaigns preview winter --hours 48") { name, appeal, hours };
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var campaign = Name(parsed, name);
            var chosen = parsed.GetValue(appeal)!;
            var link = await new Client(channel).CreatePreviewLinkAsync(
                new() { Name = campaign, Appeal = chosen.Length == 0 ? "" : $"{campaign}/appeals/{chosen}", Ttl = Duration.FromTimeSpan(TimeSpan.FromHours(parsed.GetValue(hours))) }, headers, cancellationToken: cancellationToken);
            parsed.InvocationConfiguration.Output.WriteLine(link.PreviewUri.Length > 0 ? link.PreviewUri : link.PreviewToken);
        }));
        return command;
    }

    private static Command History(ServerOptions server)
    {
        var name = NameArgument();
        var limit = Listing.LimitOption(DefaultLimit);
        var listing = new Listing();
        var command = new Command("history", "Who changed what, newest first; with appealSettings who pulled a kill switch. Examples: donations campaigns history winter; donations campaigns history appealSettings") { name, limit };
        listing.AddTo(command);
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
        {
            var client = new OperationsService.OperationsServiceClient(channel);
            var events = await Listing.PagesAsync<AuditEvent>(parsed.GetValue(limit), async (size, token) =>
            {
                var page = await client.ListAuditEventsAsync(new() { Resource = parsed.GetValue(name) == "appealSettings" ? "appealSettings" : Name(parsed, name), PageSize = size, PageToken = token }, headers, cancellationToken: cancellationToken);
                return (page.AuditEvents, page.NextPageToken);
            });
            listing.Write(parsed, events, Table, "");
        }));
        return command;
    }

    private static Table Table(IReadOnlyList<AuditEvent> events)
    {
        var table = Cells.Columns(["time (UTC)", "who", "did", "to"], []);
        table.AddColumn("change");
        foreach (var item in events)
        {
            var changes = item.Changes.Select(c => c.BeforeJson.Length == 0 ? $"{c.Field}: {Cut(c.AfterJson)}" : $"{c.Field}: {Cut(c.BeforeJson)} → {(c.AfterJson.Length == 0 ? "nothing" : Cut(c.AfterJson))}");
            table.AddRow(Cells.Time(item.EventTime), Cells.Text(item.Actor), Cells.Text(item.Action), Cells.Text(item.Resource), Cells.Text(string.Join("; ", changes)));
        }

        return table;
    }

    private static string Cut(string value) => value.Length <= MaxValue ? value : value[..MaxValue] + "…";

    private static Argument<string> NameArgument() => new("campaign") { Description = "Its id" };

    private static string Name(ParseResult parsed, Argument<string> name) => ResourceNames.Full(Prefix, parsed.GetValue(name)!);
}
