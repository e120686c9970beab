using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Donations.Server.Storage;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Data.Sqlite;
using RpcStatus = Google.Rpc.Status;

namespace Donations.Server.Rpc;

/// <summary>
/// request_id (AIP-155): the record is written with the effect's intent, the answer with its result, and the same id
/// with the same content answers with the same bytes for 72 hours, also after a restart.
/// What is stored gives nothing away: SHA-256 of the id, a keyed digest of principal, method and request, and the
/// answer under AES-GCM with a key that only the id gives (it holds a client secret and a manage code).
/// </summary>
internal sealed class Idempotency(Database database, ServiceKeys keys, TimeProvider time, RandomSource random)
{
    public const long RetentionMicros = 72L * 3600 * UnixMicros.PerSecond;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int KeyBytes = 32;
    private const byte OkResponse = 0;
    private const byte ErrorResponse = 1;
    private readonly ConcurrentDictionary<string, Lazy<Task<byte[]>>> _running = new(StringComparer.Ordinal);

    /// <summary>What a method does once it is known that its request_id is new, or that its answer is not known yet.</summary>
    /// <typeparam name="TResponse">The answer.</typeparam>
    internal interface IWork<TResponse>
        where TResponse : IMessage<TResponse>
    {
        /// <summary>
        /// Checks whatever may refuse the call, unsaved, and answers with the unit of work that writes the intent and
        /// returns the subject's id. <paramref name="secret"/> is 16 random bytes that Finish gets again, also after a crash.
        /// </summary>
        Task<Func<SqliteConnection, string>> BeginAsync(byte[] secret);

        /// <summary>
        /// Carries the intent out, or finds it done, and saves the answer (a decline too) in the transaction of the
        /// result. What it throws is not saved: the caller may try again with the same request_id.
        /// </summary>
        Task FinishAsync(string subjectId, byte[] secret, Saver<TResponse> saver);
    }

    /// <summary>Saves the final answer inside a unit of work.</summary>
    internal sealed class Saver<TResponse>(Idempotency owner, byte[] requestKey, byte[] sealKey)
        where TResponse : IMessage<TResponse>
    {
        /// <summary>What was saved here; null where another answer was faster.</summary>
        internal byte[]? Saved { get; private set; }

        public void Save(SqliteConnection connection, TResponse response) => Save(connection, OkResponse, response.ToByteArray());

        public void Save(SqliteConnection connection, RpcException error) => Save(connection, ErrorResponse, error.GetRpcStatus()!.ToByteArray());

        private void Save(SqliteConnection connection, byte kind, byte[] answer)
        {
            byte[] bytes = [kind, .. answer];
            Saved = owner.SaveAnswer(connection, requestKey, sealKey, bytes) ? bytes : null;
        }
    }

    public async Task<TResponse> RunAsync<TRequest, TResponse>(TRequest request, string requestId, Caller caller, IWork<TResponse> work)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse>, new()
    {
        if (!Guid.TryParseExact(requestId, "D", out var id) || id.Version != 4)
            throw RpcErrors.FieldInvalid("request_id", "must be a UUID version 4, such as 3f2b1c9e-7d4a-4e6b-9a1f-0c5d8e7f6a2b");
        var idBytes = id.ToByteArray();
        var key = SHA256.HashData(idBytes);
        var digest = Digest(request, caller);
        // Callers with one id at the same time share one run; the key holds the digest so that other content still fails.
        var shareKey = Convert.ToBase64String(key) + Convert.ToBase64String(digest);
        var run = _running.GetOrAdd(shareKey, _ => new(() => RunOnceAsync(idBytes, key, digest, work)));
        byte[] answer;
        try
        {
            answer = await run.Value;
        }
        finally
        {
            _running.TryRemove(new(shareKey, run));
        }

        return answer[0] == OkResponse
            ? new MessageParser<TResponse>(() => new()).ParseFrom(answer, 1, answer.Length - 1)
            : throw RpcStatus.Parser.ParseFrom(answer, 1, answer.Length - 1).ToRpcException();
    }

    /// <summary>Deletes what is older than 72 hours, a bounded number of rows at a time.</summary>
    public Task<int> PurgeAsync(int maxRows)
    {
        var before = time.NowMicros() - RetentionMicros;
        return database.WriteAsync(c => c.Execute(
            "DELETE FROM idempotency_records WHERE request_key IN (SELECT request_key FROM idempotency_records WHERE create_time_us < @before LIMIT @maxRows)",
            new { before, maxRows }));
    }

    private sealed record Row(byte[] RequestDigest, string SubjectId, byte[] SealedSecret, byte[]? SealedResponse);

    private async Task<byte[]> RunOnceAsync<TResponse>(byte[] idBytes, byte[] key, byte[] digest, IWork<TResponse> work)
        where TResponse : IMessage<TResponse>
    {
        var sealKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, idBytes, KeyBytes, info: "donations/answer"u8.ToArray());
        var row = database.Read(c => Find(c, key));
        if (row is null)
        {
            var secret = random.Bytes(16);
            var write = await work.BeginAsync(secret);
            row = await database.WriteAsync(connection => Insert(connection, key, digest, sealKey, secret, write));
        }

        if (!CryptographicOperations.FixedTimeEquals(row.RequestDigest, digest))
            throw RpcErrors.RequestIdReused();
        if (row.SealedResponse is null)
        {
            var saver = new Saver<TResponse>(this, key, sealKey);
            await work.FinishAsync(row.SubjectId, Unseal(sealKey, row.SealedSecret), saver);
            if (saver.Saved is { } saved)
                return saved;
            // Read back, so that every caller gets the bytes that were saved first.
            row = database.Read(c => Find(c, key));
        }

        return Unseal(sealKey, row?.SealedResponse ?? throw RpcErrors.ProcessorUnavailable());
    }

    private Row Insert(SqliteConnection connection, byte[] key, byte[] digest, byte[] sealKey, byte[] secret, Func<SqliteConnection, string> write)
    {
        if (Find(connection, key) is { } other)
            return other;
        var subject = write(connection);
        var sealedSecret = Seal(sealKey, secret);
        connection.Execute(
            "INSERT INTO idempotency_records (request_key, request_digest, subject_id, sealed_secret, create_time_us) VALUES (@key, @digest, @subject, @sealedSecret, @now)",
            new { key, digest, subject, sealedSecret, now = time.NowMicros() });
        return new(digest, subject, sealedSecret, null);
    }

    private static Row? Find(SqliteConnection connection, byte[] key) => connection.QuerySingleOrDefault<Row>(
        "SELECT request_digest AS RequestDigest, subject_id AS SubjectId, sealed_secret AS SealedSecret, sealed_response AS SealedResponse FROM idempotency_records WHERE request_key = @key",
        new { key });

    // The first answer stays: a worker or another caller may have been faster.
    private bool SaveAnswer(SqliteConnection connection, byte[] key, byte[] sealKey, byte[] answer) => connection.Execute(
        "UPDATE idempotency_records SET sealed_response = @sealedAnswer WHERE request_key = @key AND sealed_response IS NULL",
        new { key, sealedAnswer = Seal(sealKey, answer) }) == 1;

    private byte[] Digest(IMessage request, Caller caller)
    {
        var subject = Encoding.UTF8.GetBytes(caller.Subject);
        var name = Encoding.UTF8.GetBytes(request.Descriptor.FullName);
        byte[] content = [.. subject, 0, .. name, 0, .. request.ToByteArray()];
        return HMACSHA256.HashData(keys.RequestDigests, content);
    }

    private byte[] Seal(byte[] key, byte[] plain)
    {
        var result = new byte[NonceBytes + plain.Length + TagBytes];
        random.Fill(result.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(result.AsSpan(0, NonceBytes), plain, result.AsSpan(NonceBytes, plain.Length), result.AsSpan(NonceBytes + plain.Length));
        return result;
    }

    private static byte[] Unseal(byte[] key, byte[] cipher)
    {
        var plain = new byte[cipher.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(key, TagBytes);
        aes.Decrypt(cipher.AsSpan(0, NonceBytes), cipher.AsSpan(NonceBytes, plain.Length), cipher.AsSpan(NonceBytes + plain.Length), plain);
        return plain;
    }
}
