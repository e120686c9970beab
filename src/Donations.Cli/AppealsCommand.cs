using System.CommandLine;
using Donations.V1;
using Google.Protobuf.Collections;
using Client = Donations.V1.CampaignService.CampaignServiceClient;

namespace Donations.Cli;

/// <summary>`donations appeals`: the kill switches, and the sections and tags on which nothing is asked.</summary>
internal static class AppealsCommand
{
    private const string Name = "appealSettings";

    public static Command Create()
    {
        var server = new ServerOptions("editor");
        var command = new Command("appeals", "Kill switch per placement, and where nothing is ever asked. Examples: donations appeals stop banner; donations appeals exclude --tag victims; donations appeals show")
        {
            Show(server),
            Switch(server, "stop", "Show nothing in a placement, from within a second on"),
            Switch(server, "start", "Show appeals in a placement again"),
            Topics(server, "exclude", "Ask nothing on articles of a section or with a tag", add: true),
            Topics(server, "include", "Ask again on articles of a section or with a tag", add: false),
        };
        server.AddTo(command);
        return command;
    }

    private static Command Show(ServerOptions server)
    {
        var command = new Command("show", "Show the settings. Example: donations appeals show");
        command.SetAction((parsed, cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
            Write(parsed, await new Client(channel).GetAppealSettingsAsync(new() { Name = Name }, headers, cancellationToken: cancellationToken))));
        return command;
    }

    private static Command Switch(ServerOptions server, string verb, string description)
    {
        var placement = Words.Argument<Placement>("placement", "Where");
        var command = new Command(verb, $"{description}. Example: donations appeals {verb} banner") { placement };
        command.SetAction((parsed, cancellationToken) => ChangeAsync(server, parsed, "stopped_placements", settings => Set(settings.StoppedPlacements, parsed.GetValue(placement), verb == "stop"), cancellationToken));
        return command;
    }

    private static Command Topics(ServerOptions server, string verb, string description, bool add)
    {
        var section = new Option<string>("--section") { Description = "A section, such as obituaries" };
        var tag = new Option<string>("--tag") { Description = "A tag" };
        var command = new Command(verb, $"{description}. Example: donations appeals {verb} --section obituaries") { section, tag };
        command.Validators.Add(result =>
        {
            if (result.GetValue(section) is null == result.GetValue(tag) is null)
                result.AddError("Name either --section or --tag");
        });
        command.SetAction((parsed, cancellationToken) => parsed.GetValue(section) is { } named
            ? ChangeAsync(server, parsed, "sensitive_sections", settings => Set(settings.SensitiveSections, named, add), cancellationToken)
            : ChangeAsync(server, parsed, "sensitive_tags", settings => Set(settings.SensitiveTags, parsed.GetValue(tag)!, add), cancellationToken));
        return command;
    }

    /// <summary>Reads, changes and writes one field; somebody else's change meanwhile is not overwritten.</summary>
    private static Task ChangeAsync(ServerOptions server, ParseResult parsed, string field, Action<AppealSettings> change, CancellationToken cancellationToken) => server.RunAsync(parsed, async (channel, headers) =>
    {
        var client = new Client(channel);
        var settings = await client.GetAppealSettingsAsync(new() { Name = Name }, headers, cancellationToken: cancellationToken);
        change(settings);
        Write(parsed, await client.UpdateAppealSettingsAsync(new() { AppealSettings = settings, UpdateMask = new() { Paths = { field } } }, headers, cancellationToken: cancellationToken));
    });

    private static void Set(RepeatedField<Placement> list, Placement placement, bool present)
    {
        list.Remove(placement);
        if (present)
            list.Add(placement);
    }

    /// <summary>Topics are the same whatever their case.</summary>
    private static void Set(RepeatedField<string> list, string topic, bool present)
    {
        var others = list.Where(t => !string.Equals(t, topic, StringComparison.OrdinalIgnoreCase)).ToList();
        if (!present && others.Count == list.Count)
            throw new CliException($"{topic} is not excluded");
        list.Clear();
        list.Add(others);
        if (present)
            list.Add(topic);
    }

    private static void Write(ParseResult parsed, AppealSettings settings)
    {
        var output = parsed.InvocationConfiguration.Output;
        static string All(IEnumerable<string> items) => string.Join(", ", items) is { Length: > 0 } text ? text : "none";
        output.WriteLine($"stopped placements: {All(settings.StoppedPlacements.Select(p => Words.Of(p)))}");
        output.WriteLine($"sensitive sections: {All(settings.SensitiveSections)}");
        output.WriteLine($"sensitive tags: {All(settings.SensitiveTags)}");
    }
}
