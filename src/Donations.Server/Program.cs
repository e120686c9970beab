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

await DonationsServer.Create(args).RunAsync();
return 0;
