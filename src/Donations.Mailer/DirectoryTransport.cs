using System.Globalization;
using Donations.V1;
using MimeKit;

namespace Donations.Mailer;

/// <summary>Writes each message to a file of its own, `{UTC time}-{mail id}.eml`, for development and for hosts that pick mail up from a directory.</summary>
internal sealed class DirectoryTransport(string directory, TimeProvider time) : IMailTransport
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public Task OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(directory);
            else
                Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
            return Task.CompletedTask;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MailTransportException($"The mail directory cannot be used ({e.GetType().Name})", e);
        }
    }

    /// <summary>First under another name, then renamed: whoever watches the directory sees whole messages only.</summary>
    public async Task<MailOutcome> SendAsync(string mailId, MimeMessage message, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        var name = string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow():yyyyMMdd'T'HHmmssfff'Z'}-{mailId}.eml");
        var whole = Path.Combine(directory, name);
        var partial = Path.Combine(directory, $".{name}.tmp");
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        try
        {
            await using (var file = new FileStream(partial, options))
            {
                await message.WriteToAsync(file, cancellationToken);
                file.Flush(flushToDisk: true);
            }

            File.Move(partial, whole, overwrite: true);
            return MailOutcome.Sent;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MailTransportException($"The mail directory cannot be written to ({e.GetType().Name})", e);
        }
    }

    public Task CloseAsync() => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
