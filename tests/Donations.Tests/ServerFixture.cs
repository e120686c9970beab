using Donations.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Donations.Tests;

/// <summary>One composed server for the tests of a class, with a clock that stands until it is moved.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    public FakeTimeProvider Time { get; } = new(new(2026, 11, 24, 9, 0, 0, TimeSpan.Zero));

    public TestServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await TestServer.StartAsync(new() { Time = Time });

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
