using System.Collections.Frozen;
using System.Reflection;
using Donations.V1;
using Google.Protobuf.Reflection;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Donations.Server.Rpc;

/// <summary>Who staff are, as their token's `roles` say.</summary>
[Flags]
internal enum Roles
{
    None = 0,
    Editor = 1,
    Finance = 2,
    Support = 4,
    Admin = 8,

    /// <summary>Not a person: the process that sends mail.</summary>
    Mailer = 16,

    /// <summary>Reads what finance reads, and writes nothing.</summary>
    Auditor = 32,

    /// <summary>Who reads the books.</summary>
    Readers = Finance | Auditor,
}

/// <summary>
/// The declared policy of one rpc, on the method that serves it. Without one the server does not build: the project's
/// post-build step runs <see cref="AccessTable.Verify"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AccessAttribute(Roles roles = Roles.None) : Attribute
{
    /// <summary>Staff roles that may call. Admin may call whatever a role may.</summary>
    public Roles Roles { get; } = roles;

    /// <summary>Donors may call, for their own resources: `name` or `parent` must be theirs.</summary>
    public bool Donor { get; init; }

    /// <summary>Anybody may call. A token, when sent, is still checked and known to the handler.</summary>
    public bool Anonymous { get; init; }
}

/// <summary>Who calls.</summary>
/// <param name="Roles">Staff roles; none for donors and anonymous callers.</param>
/// <param name="DonorId">The donor whose capability token was sent, or null.</param>
/// <param name="Subject">A stable name for idempotency: `anonymous`, `donors/…` or `staff/…`.</param>
internal sealed record Caller(Roles Roles, string? DonorId, string Subject)
{
    public static readonly Caller Anonymous = new(Roles.None, null, "anonymous");

    /// <summary>Has one of the roles; admin has all.</summary>
    public bool Has(Roles roles) => (Roles & (roles | Roles.Admin)) != 0;
}

/// <summary>The policies of all rpcs, by full method name such as `/donations.v1.PledgeService/GetPledge`.</summary>
internal static class AccessTable
{
    private static readonly (FrozenDictionary<string, AccessAttribute> Policies, List<string> Problems) Built = Build(Services);

    public static FrozenDictionary<string, AccessAttribute> Policies => Built.Policies;

    /// <summary>Every service of the contract: its descriptor and the class here that serves it.</summary>
    public static IEnumerable<(ServiceDescriptor Service, Type? Implementation)> Services
    {
        get
        {
            var types = typeof(AccessTable).Assembly.GetTypes();
            return ContractFiles.SelectMany(f => f.Services).Select(service => (service, types.FirstOrDefault(t => !t.IsAbstract && t.BaseType?.Name == service.Name + "Base" && t.BaseType.DeclaringType?.Name == service.Name)));
        }
    }

    /// <summary>All files of the package donations.v1 that have services.</summary>
    public static IEnumerable<FileDescriptor> ContractFiles => typeof(ErrorReason).Assembly.GetTypes()
        .Where(t => t.Namespace == typeof(ErrorReason).Namespace && t.Name.EndsWith("Reflection", StringComparison.Ordinal))
        .Select(t => (FileDescriptor)t.GetProperty("Descriptor")!.GetValue(null)!)
        .OrderBy(f => f.Name, StringComparer.Ordinal);

    /// <summary>What is wrong, one line each: rpcs that nobody serves (the base class would answer UNIMPLEMENTED) or without a policy.</summary>
    public static IReadOnlyList<string> Verify() => Built.Problems;

    /// <summary>Policies and problems of these services; apart from the table, so that a test can prove that it sees what is missing.</summary>
    internal static (FrozenDictionary<string, AccessAttribute> Policies, List<string> Problems) Build(IEnumerable<(ServiceDescriptor Service, Type? Implementation)> services)
    {
        var table = new Dictionary<string, AccessAttribute>(StringComparer.Ordinal);
        var problems = new List<string>();
        foreach (var (service, implementation) in services)
        {
            foreach (var method in service.Methods)
            {
                var served = implementation?.GetMethod(method.Name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly);
                if (served?.GetCustomAttribute<AccessAttribute>() is { } policy)
                    table.Add($"/{service.FullName}/{method.Name}", policy);
                else
                    problems.Add(served is null ? $"{method.FullName} is not served" : $"{method.FullName} has no [Access] policy");
            }
        }

        return (table.ToFrozenDictionary(StringComparer.Ordinal), problems);
    }
}
