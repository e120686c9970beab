using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Donations.Mailer;
using Donations.Server.Donors;
using Donations.Server.Storage;
using Donations.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Donations.Tests.Donors;

/// <summary>Addresses go into the vault sealed, are found by blind index only, and are opened only by the mailer's key.</summary>
public sealed class VaultTests
{
    [Fact]
    public void Only_a_recipient_opens_a_sealed_box_and_only_unchanged()
    {
        using var mailer = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using var officer = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using var stranger = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        Recipient[] recipients = [Recipient.FromPublicKey(mailer.ExportSubjectPublicKeyInfo()), Recipient.FromPublicKey(officer.ExportSubjectPublicKeyInfo())];
        Gen.Byte.Array[0, 300].Sample(
            plain =>
            {
                var box = SealedBox.Seal(plain, recipients, new RandomSource().Bytes);
                Assert.Equal(plain, SealedBox.Open(box, mailer));
                Assert.Equal(plain, SealedBox.Open(box, officer));
                Assert.ThrowsAny<CryptographicException>(() => SealedBox.Open(box, stranger));
                box[^1] ^= 1;
                Assert.ThrowsAny<CryptographicException>(() => SealedBox.Open(box, mailer));
            },
            iter: 20);
    }

    [Fact]
    public async Task An_address_is_in_no_file_in_the_clear_and_support_finds_its_pledges()
    {
        await using var scenario = await Scenario.StartAsync();
        var request = await scenario.RequestAsync();
        request.Email = "Anna.Reader@Example.com";
        var made = await scenario.Pledges.CreatePledgeAsync(request);
        await scenario.SettleAsync();

        var found = await scenario.Pledges.LookupPledgeAsync(new() { Email = " anna.reader@example.COM".Trim() }, scenario.Server.As("support"));
        Assert.Equal(made.Pledge.Name, Assert.Single(found.Pledges).Name);
        Assert.Empty((await scenario.Pledges.LookupPledgeAsync(new() { Email = "other@example.com" }, scenario.Server.As("support"))).Pledges);
        Assert.Equal(made.Pledge.Name, Assert.Single((await scenario.Pledges.LookupPledgeAsync(new() { Reference = made.Pledge.Reference }, scenario.Server.As("support"))).Pledges).Name);
        Assert.Equal("FIELD_INVALID", (await Errors.OfAsync(() => scenario.Pledges.LookupPledgeAsync(new(), scenario.Server.As("support")))).Reason());

        // The mailer's key opens it; in development that key is here.
        var vault = scenario.Server.Services.GetRequiredService<ContactVault>();
        var box = vault.FindSealed(made.Pledge.Name.Split('/')[3])!;
        using (var opener = new ContactOpener(await File.ReadAllTextAsync(Path.Combine(scenario.Server.DataDirectory, "keys", DonorsModule.DevelopmentMailerKey))))
            Assert.Equal("anna.reader@example.com", opener.Open(box));

        await scenario.Server.StopAsync();
        foreach (var file in Directory.EnumerateFiles(scenario.Server.DataDirectory, "*", SearchOption.AllDirectories).Where(f => Path.GetExtension(f) != ".eml"))
        {
            var bytes = await File.ReadAllBytesAsync(file);
            foreach (var form in (string[])["Anna.Reader@Example.com", "anna.reader@example.com", "anna.reader"])
                Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(form)) < 0, $"{form} in {Path.GetFileName(file)}");
        }
    }

    [Theory]
    [InlineData("a@b", true)]
    [InlineData("reader+tag@news.example", true)]
    [InlineData("читатель@пример.рф", true)]
    [InlineData("", false)]
    [InlineData("@example.com", false)]
    [InlineData("reader@", false)]
    [InlineData("a b@example.com", false)]
    [InlineData("a@example.com\r\nBcc: x@y", false)]
    [InlineData("a@example.com,b@example.com", false)]
    [InlineData("Reader <reader@example.com>", false)]
    public void Addresses_are_plausible_or_not(string email, bool plausible) => Assert.Equal(plausible, ContactVault.IsPlausible(email));
}
