using Google.Api;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Donations.ContractTests.Descriptors;

/// <summary>The contract that clients in the field were built from: the committed image, made by `buf build`.</summary>
internal static class Baseline
{
    public const string RelativePath = "protos/baseline/donations-v1.binpb";

    private static readonly ExtensionRegistry Extensions =
    [
        AnnotationsExtensions.Http, FieldBehaviorExtensions.FieldBehavior, ResourceExtensions.Resource, ResourceExtensions.ResourceReference,
    ];

    public static FileDescriptorSet Image { get; } = FileDescriptorSet.Parser.ParseFrom(File.ReadAllBytes(Repository.PathOf(RelativePath)));

    public static IReadOnlyList<FileDescriptor> Files { get; } = Build(Image.File);

    public static MessageDescriptor Message(string fullName) => Files.SelectMany(f => f.MessageTypes).Single(m => m.FullName == fullName);

    /// <summary>Descriptors of these files; they come after what they import, as in an image.</summary>
    public static IReadOnlyList<FileDescriptor> Build(IEnumerable<FileDescriptorProto> files) => FileDescriptor.BuildFromByteStrings(files.Select(f => f.ToByteString()), Extensions);
}
