using Google.Protobuf.Reflection;

namespace Donations.ContractTests.Descriptors;

/// <summary>No client built from the baseline breaks; and the check that says so sees every kind of break.</summary>
public sealed class BreakingTests
{
    [Fact]
    public void Nothing_breaks_a_client_that_was_built_from_the_baseline() =>
        Assert.Equal([], BreakingChanges.Find(Baseline.Files, Contract.Files));

    [Fact]
    public void The_baseline_is_the_contract_of_now_and_is_refreshed_with_it() =>
        Assert.Equal([], BreakingChanges.Find(Contract.Files, Baseline.Files));

    [Fact]
    public void The_contract_reads_as_the_golden_says() => Golden.Check("protos/baseline/donations-v1.txt", DescriptorText.Render());

    public static TheoryData<string> Breaks => [.. Mutations.Keys];

    [Theory]
    [MemberData(nameof(Breaks))]
    public void Every_kind_of_break_is_seen(string what)
    {
        var image = Baseline.Image.Clone();
        var (mutate, expected) = Mutations[what];
        mutate(image);
        Assert.Contains(BreakingChanges.Find(Baseline.Files, Baseline.Build(image.File)), line => line.Contains(expected, StringComparison.Ordinal));
    }

    private static readonly Dictionary<string, (Action<FileDescriptorSet> Mutate, string Expected)> Mutations = new()
    {
        ["message removed"] = (i => Remove(File(i, "appeal_service").MessageType, m => m.Name == "ConsentText", i), "message donations.v1.ConsentText is gone"),
        ["field removed"] = (i => Message(i, "appeal", "Appeal").Field.RemoveAt(2), "field donations.v1.Appeal.weight (3) is gone"),
        ["field renumbered"] = (i => Field(i, "weight").Number = 30, "field donations.v1.Appeal.weight (3) is gone"),
        ["field renamed"] = (i => Field(i, "weight").Name = "heft", "(3): name: was weight, is heft"),
        ["JSON name changed"] = (i => Field(i, "weight").JsonName = "heavy", "JSON name: was weight, is heavy"),
        ["field retyped"] = (i => Field(i, "weight").Type = FieldDescriptorProto.Types.Type.Int64, "type: was int32, is int64"),
        ["field repeated"] = (i => Field(i, "weight").Label = FieldDescriptorProto.Types.Label.Repeated, "repeated: was False, is True"),
        ["field moved into a oneof"] = (i => MoveIntoOneof(Message(i, "appeal", "Appeal")), "oneof: was , is choice"),
        ["enum value removed"] = (i => Placement(i).Value.RemoveAt(4), "PLACEMENT_APP = 4: was PLACEMENT_APP, is "),
        ["enum value renumbered"] = (i => Placement(i).Value[4].Number = 40, "PLACEMENT_APP = 4: was PLACEMENT_APP, is "),
        ["enum value renamed"] = (i => Placement(i).Value[4].Name = "PLACEMENT_MOBILE", "is PLACEMENT_MOBILE"),
        ["service removed"] = (i => File(i, "appeal_service").Service.Clear(), "service donations.v1.AppealService is gone"),
        ["rpc removed"] = (i => File(i, "appeal_service").Service[0].Method.RemoveAt(0), "SelectAppeal is gone"),
        ["request changed"] = (i => Select(i).InputType = ".donations.v1.GetPaymentOptionsRequest", "SelectAppeal: request"),
        ["response changed"] = (i => Select(i).OutputType = ".donations.v1.AppealView", "SelectAppeal: response"),
        ["server streaming changed"] = (i => Select(i).ServerStreaming = true, "SelectAppeal: server streaming"),
        ["client streaming changed"] = (i => Select(i).ClientStreaming = true, "SelectAppeal: client streaming"),
        ["idempotency changed"] = (i => Select(i).Options.ClearIdempotencyLevel(), "SelectAppeal: idempotency level"),
    };

    private static FileDescriptorProto File(FileDescriptorSet image, string name) => image.File.Single(f => f.Name == $"donations/v1/{name}.proto");

    private static DescriptorProto Message(FileDescriptorSet image, string file, string name) => File(image, file).MessageType.Single(m => m.Name == name);

    private static FieldDescriptorProto Field(FileDescriptorSet image, string name) => Message(image, "appeal", "Appeal").Field.Single(f => f.Name == name);

    private static EnumDescriptorProto Placement(FileDescriptorSet image) => File(image, "appeal").EnumType.Single(e => e.Name == "Placement");

    private static MethodDescriptorProto Select(FileDescriptorSet image) => File(image, "appeal_service").Service.Single().Method.Single(m => m.Name == "SelectAppeal");

    /// <summary>Takes a message away together with the one field that uses it, so that the rest still builds.</summary>
    private static void Remove(IList<DescriptorProto> messages, Func<DescriptorProto, bool> which, FileDescriptorSet image)
    {
        var gone = messages.Single(which);
        messages.Remove(gone);
        foreach (var user in File(image, "appeal_service").MessageType)
        {
            if (user.Field.SingleOrDefault(f => f.TypeName.EndsWith("." + gone.Name, StringComparison.Ordinal)) is { } field)
                user.Field.Remove(field);
        }
    }

    private static void MoveIntoOneof(DescriptorProto message)
    {
        message.OneofDecl.Add(new OneofDescriptorProto { Name = "choice" });
        message.Field.Single(f => f.Name == "weight").OneofIndex = 0;
    }
}
