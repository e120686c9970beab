using System.CommandLine;
using System.Globalization;

namespace Donations.Cli;

/// <summary>`donations clock advance`: lets the simulator's time pass, renewals and webhooks included.</summary>
internal static class ClockCommand
{
    private const int SecondsPerDay = 86_400;

    public static Command Create()
    {
        var days = new Option<int?>("--days") { Description = "Days to advance" };
        var months = new Option<int?>("--months") { Description = "Calendar months to advance" };
        var simulator = Server.AddressOption("--simulator", "The simulator's address", "http://127.0.0.1:5082/");
        var advance = new Command("advance", "Advance the clock; answers when all that was due has happened. Example: donations clock advance --months 1") { days, months, simulator };
        advance.SetAction(async (parsed, cancellationToken) => await AdvanceAsync(parsed.GetValue(simulator)!, parsed.GetValue(days), parsed.GetValue(months), cancellationToken));
        return new("clock", "The Stripe simulator's clock (development)") { advance };
    }

    private static async Task AdvanceAsync(Uri simulator, int? days, int? months, CancellationToken cancellationToken)
    {
        if ((days is null) == (months is null) || days <= 0 || months <= 0)
            throw new CliException("Give one of --days and --months, more than zero", CliException.Usage);
        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(10) };
        using var form = new FormUrlEncodedContent(days is { } d
            ? new Dictionary<string, string> { ["seconds"] = ((long)d * SecondsPerDay).ToString(CultureInfo.InvariantCulture) }
            : new Dictionary<string, string> { ["months"] = months!.Value.ToString(CultureInfo.InvariantCulture) });
        try
        {
            using var answer = await http.PostAsync(new Uri(simulator, "/_simulator/clock/advance"), form, cancellationToken);
            answer.EnsureSuccessStatusCode();
            using var body = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancellationToken));
            var now = DateTimeOffset.FromUnixTimeSeconds(body.RootElement.GetProperty("now").GetInt64());
            Console.WriteLine($"The simulator's time is {now.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");
        }
        catch (HttpRequestException e)
        {
            throw new CliException($"No simulator at {simulator} ({e.HttpRequestError}). Start it with: dotnet run --project src/Donations.Server");
        }
    }
}
