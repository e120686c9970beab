using CsCheck;
using Donations.ContractTests.Errors;
using Donations.Server.Campaigns;
using Donations.Server.Pledges;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Donations.ContractTests.Semantics;

/// <summary>Whatever a client sends where a code, a name or a token belongs: read, or refused as INVALID_ARGUMENT, never a defect.</summary>
public sealed class DecoderProperties(ContractWorld world) : IClassFixture<ContractWorld>
{
    private static readonly Gen<string> Text = Gen.OneOf(Gen.String, Gen.String[Gen.Char["0123456789abcdefghijklmnopqrstuvwxyz/-_SHMmun. "], 0, 80]);

    [Fact]
    public void A_page_token_is_its_own_or_refused()
    {
        var tokens = world.Server.Services.GetRequiredService<PageTokens>();
        var request = new ListPledgesRequest { Parent = "donors/-" };
        Text.Sample(text => Refused(() => tokens.Read(request, text), "PAGE_TOKEN_INVALID"));
        Gen.Byte.Array[0, 200].Sample(bytes => Refused(() => tokens.Read(request, System.Buffers.Text.Base64Url.EncodeToString(bytes)), "PAGE_TOKEN_INVALID"));
        Gen.String[0, 200].Where(s => System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(s)) == s).Sample(cursor => tokens.Read(request, tokens.Make(request, cursor)) == cursor);
        Gen.Select(Gen.Int[0, 39], Gen.Int[1, 255]).Sample((at, flip) =>
        {
            var bytes = System.Buffers.Text.Base64Url.DecodeFromChars(tokens.Make(request, "cursor-of-12b"));
            bytes[at] ^= (byte)flip;
            Refused(() => tokens.Read(request, System.Buffers.Text.Base64Url.EncodeToString(bytes)), "PAGE_TOKEN_INVALID");
        });
    }

    [Fact]
    public void A_timeout_is_read_or_not_and_never_overflows()
    {
        Text.Sample(text => { _ = Deadlines.TryParse(text, out var timeout); return timeout >= TimeSpan.Zero; });
        Gen.Select(Gen.Int[0, 99_999_999], Gen.Char["HMSmun"]).Sample((value, unit) => Deadlines.TryParse($"{value}{unit}", out var timeout) && timeout >= TimeSpan.Zero);
        Assert.False(Deadlines.TryParse("100000000S", out _));
        Assert.False(Deadlines.TryParse("-1S", out _));
    }

    [Fact]
    public void A_manage_code_is_read_as_it_was_printed_however_it_is_typed()
    {
        Text.Sample(text => ManageCode.Parse(text) is null or { Length: 16 });
        Gen.Byte.Array[16].Sample(secret =>
        {
            var printed = ManageCode.Format(secret);
            var sloppy = printed.Replace("-", " ", StringComparison.Ordinal).Replace('1', 'l').Replace('0', 'o').ToLowerInvariant();
            return secret.AsSpan().SequenceEqual(ManageCode.Parse(printed)) && secret.AsSpan().SequenceEqual(ManageCode.Parse(sloppy));
        });
    }

    [Fact]
    public void A_resource_name_is_read_back_or_refused()
    {
        Text.Sample(text =>
        {
            if (CampaignNames.TryParseCampaign(text, out var campaign))
                Assert.Equal(text, CampaignNames.Campaign(campaign));
            if (CampaignNames.TryParseTier(text, out campaign, out var part))
                Assert.Equal(text, CampaignNames.Tier(campaign, part));
            if (CampaignNames.TryParseAppeal(text, out campaign, out part))
                Assert.Equal(text, CampaignNames.Appeal(campaign, part));
            Refused(() => PledgeMapping.Parse(text, Caller.Anonymous), "FIELD_INVALID");
        });
        var ids = Gen.String[Gen.Char["0123456789abcdefghjkmnpqrstvwxyz"], Ids.Length, Ids.Length];
        Gen.Select(ids, ids).Sample((donor, pledge) => PledgeMapping.Parse(PledgeMapping.Name(donor, pledge), Caller.Anonymous) == (donor, pledge));
    }

    /// <summary>Over the wire, since the check stands at the head of each money call.</summary>
    [Fact]
    public async Task A_request_id_is_a_uuid_of_version_4_or_refused()
    {
        var client = world.Scenario.Pledges;
        var name = world.Own.Pledge.Name;
        await Text.Where(t => t.Length > 0 && !t.Any(char.IsSurrogate)).SampleAsync(
            async text =>
            {
                var error = await Testing.Errors.OfAsync(() => client.ConfirmPledgeAsync(new() { Name = name, RequestId = text }, world.As("support")));
                return (error.StatusCode, Testing.Errors.Reason(error)) == (StatusCode.InvalidArgument, "FIELD_INVALID");
            },
            iter: 200);
    }

    private static void Refused<T>(Func<T> read, string reason)
    {
        try
        {
            _ = read();
        }
        catch (RpcException e)
        {
            Assert.Equal((StatusCode.InvalidArgument, reason), (e.StatusCode, Testing.Errors.Reason(e)));
        }
    }
}
