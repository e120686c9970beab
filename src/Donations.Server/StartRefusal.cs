using Microsoft.AspNetCore.Connections;

namespace Donations.Server;

/// <summary>Tells a start that was refused for a reason (a contradiction in the configuration, a port that is taken) from a defect.</summary>
internal static class StartRefusal
{
    /// <summary>The reason in one line, or null for a defect, which keeps its stack.</summary>
    public static string? Find(Exception e) => e switch
    {
        InvalidOperationException when e.Message.EndsWith("Refusing to start.", StringComparison.Ordinal) => e.Message,
        InvalidOperationException when e.Message.StartsWith("Failed to convert configuration value", StringComparison.Ordinal) => $"{e.Message} Refusing to start.",
        IOException { InnerException: AddressInUseException } => $"{e.Message.TrimEnd('.')}. Is another server running? Refusing to start.",
        _ when e.InnerException is { } inner => Find(inner),
        _ => null,
    };
}
