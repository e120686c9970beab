using System.Security.Cryptography;
using Donations.Mailer;
using Donations.V1;
using Google.Protobuf;
using MimeKit;

namespace Donations.Tests.Mail;

/// <summary>The courier with a transport that fails when told to: what is put off, what is given up, and that nothing more is taken meanwhile.</summary>
public sealed class CourierTests : IDisposable
{
    private readonly ECDiffieHellman _key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
    private readonly ContactOpener _opener;
    private readonly Source _source = new();
    private readonly Transport _transport = new();
    private readonly Courier _courier;

    public CourierTests()
    {
        _opener = new(_key.ExportPkcs8PrivateKeyPem());
        _courier = new(_source, _opener, new(MailComposer.ParseFrom("no-reply@neutral.example"), TimeProvider.System), _transport);
    }

    public void Dispose()
    {
        _opener.Dispose();
        _key.Dispose();
    }

    [Fact]
    public async Task Everything_that_is_due_is_sent_and_the_transport_closed()
    {
        _source.Add(45, Sealed("a@example.com"));
        Assert.Equal(new DeliveryCounts(Sent: 45), await _courier.DeliverAsync(null, CancellationToken.None));
        Assert.All(_source.Outcomes, o => Assert.Equal(MailOutcome.Sent, o.Outcome));
        Assert.Equal(1, _transport.Closed);
    }

    [Fact]
    public async Task A_transport_that_fails_puts_off_what_is_in_hand_once_and_takes_no_more_until_it_works()
    {
        _source.Add(45, Sealed("a@example.com"));
        _transport.FailAfter = 5;
        Assert.Equal(new DeliveryCounts(Sent: 5, PutOff: 15, Problem: "broken"), await _courier.DeliverAsync(null, CancellationToken.None));
        Assert.Equal(20, _source.Outcomes.Count);
        await Assert.ThrowsAsync<MailTransportException>(() => _courier.DeliverAsync(null, CancellationToken.None));
        Assert.Equal(20, _source.Outcomes.Count);
        _transport.FailAfter = int.MaxValue;
        Assert.Equal(25, (await _courier.DeliverAsync(null, CancellationToken.None)).Sent);
    }

    [Fact]
    public async Task A_wrong_key_loses_no_mail_and_a_bad_address_is_given_up()
    {
        using var other = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        _source.Add(1, SealedBox.Seal("a@example.com"u8, [Recipient.FromPublicKey(other.ExportSubjectPublicKeyInfo())], RandomNumberGenerator.GetBytes));
        _source.Add(1, Sealed("no address"));
        _source.Add(1, Sealed("a@example.com"), MailTemplate.Unspecified + 99);
        _source.Add(1, Sealed("a@example.com"));
        await _courier.DeliverAsync(null, CancellationToken.None);
        Assert.Equal([MailOutcome.FailedTemporarily, MailOutcome.FailedForGood, MailOutcome.FailedTemporarily, MailOutcome.Sent], _source.Outcomes.Select(o => o.Outcome));
    }

    [Fact]
    public void Only_a_private_key_on_P256_opens()
    {
        using var large = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP384);
        Assert.ThrowsAny<CryptographicException>(() => new ContactOpener(large.ExportPkcs8PrivateKeyPem()));
        Assert.ThrowsAny<CryptographicException>(() => new ContactOpener(_key.ExportSubjectPublicKeyInfoPem()));
        Assert.Throws<ArgumentException>(() => new ContactOpener("no key"));
    }

    private byte[] Sealed(string address) => SealedBox.Seal(System.Text.Encoding.UTF8.GetBytes(address), [Recipient.FromPublicKey(_key.ExportSubjectPublicKeyInfo())], RandomNumberGenerator.GetBytes);

    private sealed class Source : IMailSource
    {
        private readonly Queue<V1.Mail> _due = [];

        public List<(string Name, MailOutcome Outcome)> Outcomes { get; } = [];

        public void Add(int count, byte[] box, MailTemplate template = MailTemplate.Cancelled)
        {
            for (var i = 0; i < count; i++)
                _due.Enqueue(new() { Name = $"mails/{_due.Count}", Template = template, Values = new() { Reference = "P-1" }, SealedAddress = ByteString.CopyFrom(box) });
        }

        public Task<IReadOnlyList<V1.Mail>> LeaseAsync(int max, CancellationToken cancellationToken)
        {
            var mails = new List<V1.Mail>();
            while (mails.Count < max && _due.TryDequeue(out var mail))
                mails.Add(mail);
            return Task.FromResult<IReadOnlyList<V1.Mail>>(mails);
        }

        public Task FinishAsync(string name, MailOutcome outcome)
        {
            Outcomes.Add((name, outcome));
            return Task.CompletedTask;
        }
    }

    private sealed class Transport : IMailTransport
    {
        private int _sent;

        public int FailAfter { get; set; } = int.MaxValue;

        public int Closed { get; private set; }

        public Task OpenAsync(CancellationToken cancellationToken) => _sent >= FailAfter ? throw new MailTransportException("broken") : Task.CompletedTask;

        public Task<MailOutcome> SendAsync(string mailId, MimeMessage message, CancellationToken cancellationToken)
        {
            if (_sent >= FailAfter)
                throw new MailTransportException("broken");
            _sent++;
            return Task.FromResult(MailOutcome.Sent);
        }

        public Task CloseAsync()
        {
            Closed++;
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
