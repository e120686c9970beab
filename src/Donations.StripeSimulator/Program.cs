using System.Globalization;
using System.Runtime.InteropServices;

namespace Donations.StripeSimulator;

internal static class Program
{
    private const string Usage =
        "usage: [--url http://127.0.0.1:5082] [--state FILE] [--seed 1] [--secret-key sk_test_…] [--publishable-key pk_test_…]";

    private static async Task<int> Main(string[] args)
    {
        if (Parse(args) is not { } options)
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }
        await using var host = await SimulatorHost.StartAsync(options, TimeProvider.System);
        await Console.Out.WriteLineAsync($"Stripe simulator at {host.BaseAddress} (secret key {options.SecretKey}, publishable key {options.PublishableKey})");
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        await stop.Task;
        return 0;

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.TrySetResult();
        }
    }

    private static SimulatorOptions? Parse(string[] args)
    {
        var options = new SimulatorOptions();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length)
                return null;
            var value = args[i + 1];
            switch (args[i])
            {
                case "--url":
                    options.Url = value;
                    break;
                case "--state":
                    options.StatePath = value;
                    break;
                case "--secret-key":
                    options.SecretKey = value;
                    break;
                case "--publishable-key":
                    options.PublishableKey = value;
                    break;
                case "--seed" when int.TryParse(value, CultureInfo.InvariantCulture, out var seed):
                    options.Seed = seed;
                    break;
                default:
                    return null;
            }
        }
        return options;
    }
}
