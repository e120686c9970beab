using System.Security.Cryptography;

namespace Donations.Server.Storage;

/// <summary>Randomness, injected so that a simulation can replay it. The default is the system's generator.</summary>
internal class RandomSource
{
    public virtual void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        Fill(bytes);
        return bytes;
    }
}
