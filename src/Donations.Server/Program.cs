using Donations.Server;
using Donations.Server.Rpc;

// The build's last step: an rpc that nobody serves, or one without a declared policy, fails it.
if (args is ["verify-contract"])
{
    foreach (var problem in AccessTable.Verify())
        Console.Error.WriteLine($"error DON001: {problem}");
    return AccessTable.Verify().Count == 0 ? 0 : 1;
}

// The container's health check: the image has no shell and no curl.
if (args is ["health"])
    return await HealthProbe.RunAsync();

try
{
    await DonationsServer.Create(args).RunAsync();
    return 0;
}
catch (Exception e) when (StartRefusal.Find(e) is { } reason)
{
    // What a person can mend is one line, not a stack.
    await Console.Error.WriteLineAsync(reason);
    return 1;
}
