using System.Globalization;
using System.Text;
using Donations.ContractTests.Descriptors;
using Donations.ContractTests.Errors;
using Donations.ContractTests.Wire;
using Donations.Testing;
using Grpc.Core;

namespace Donations.ContractTests.Access;

/// <summary>Every rpc × every caller, against a running server, as a table that a reviewer reads (S1 of docs/quality.md).</summary>
public sealed class AccessMatrixTests(ContractWorld world) : IClassFixture<ContractWorld>
{
    private static readonly string[] Callers = ["none", "editor", "finance", "auditor", "support", "admin", "mailer", "donor-own", "donor-foreign"];

    [Fact]
    public async Task Every_rpc_lets_in_whom_the_table_says()
    {
        var text = new StringBuilder("# Who may call what: yes, no (PERMISSION_DENIED) or token (TOKEN_MISSING). Requests are about the first donor (own).\n");
        text.Append(CultureInfo.InvariantCulture, $"{"",-62}{string.Concat(Callers.Select(c => $"{c,-14}")).TrimEnd()}\n");
        foreach (var method in Contract.Methods)
        {
            var answers = new List<string>();
            foreach (var caller in Callers)
                answers.Add(Verdict(await world.Server.Channel.ErrorAsync(method, world.Request(method), world.As(caller))));
            text.Append(CultureInfo.InvariantCulture, $"{method.FullName,-62}{string.Concat(answers.Select(a => $"{a,-14}")).TrimEnd()}\n");
        }

        Golden.Check("tests/Donations.ContractTests/Access/matrix.txt", text.ToString());
    }

    [Fact]
    public async Task A_broken_token_is_refused_everywhere_also_where_none_is_needed()
    {
        foreach (var method in Contract.Methods)
        {
            var error = await world.Server.Channel.ErrorAsync(method, world.Request(method), TestServer.Bearer("not.a.token"));
            Assert.Equal((method.FullName, "TOKEN_INVALID"), (method.FullName, error?.Reason()));
        }
    }

    /// <summary>Permission comes before validation: a caller who may not call learns nothing about what a request must look like.</summary>
    [Fact]
    public async Task Permission_comes_before_validation_and_existence()
    {
        foreach (var method in Contract.Methods)
        {
            var error = await world.Server.Channel.ErrorAsync(method, method.InputType.New(), world.As("none"));
            var policy = Donations.Server.Rpc.AccessTable.Policies[method.Path()];
            if (!policy.Anonymous)
                Assert.Equal((method.FullName, "TOKEN_MISSING"), (method.FullName, error?.Reason()));
            if (!policy.Anonymous && !policy.Donor)
                Assert.Equal((method.FullName, "PERMISSION_DENIED"), (method.FullName, (await world.Server.Channel.ErrorAsync(method, method.InputType.New(), world.As("donor-own")))?.Reason()));
        }
    }

    private static string Verdict(RpcException? error) => error switch
    {
        { StatusCode: StatusCode.Unauthenticated } when error.Reason() == "TOKEN_MISSING" => "token",
        { StatusCode: StatusCode.PermissionDenied } when error.Reason() == "PERMISSION_DENIED" => "no",
        { StatusCode: StatusCode.Internal or StatusCode.Unknown or StatusCode.Unimplemented or StatusCode.Unauthenticated or StatusCode.PermissionDenied } => throw new InvalidOperationException($"Neither allowed nor refused: {error.Status}"),
        _ => "yes",
    };
}
