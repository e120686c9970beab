using System.Text.RegularExpressions;
using Dapper;
using Donations.Server.Donors;
using Donations.Server.Mail;
using Microsoft.Extensions.DependencyInjection;
using static Microsoft.Playwright.Assertions;

namespace Donations.BrowserTests;

/// <summary>Reminders by mail: asked for beside the appeal, and ended on the page that the mail's link leads to.</summary>
[Collection(DemoSite.OneAfterAnother)]
public sealed partial class ReminderTests(DemoSite site)
{
    [Fact]
    public async Task A_reader_asks_for_a_reminder_with_keys_alone()
    {
        await using var page = await site.OpenAsync();
        await page.Page.GetByText("Remind me by mail").FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.Keyboard.PressAsync("Tab");
        await Expect(page.Page.GetByLabel("Once, in a month or two")).ToBeFocusedAsync();
        await page.Page.Keyboard.PressAsync("ArrowDown");
        await Expect(page.Page.GetByLabel("Every three months")).ToBeCheckedAsync();
        await page.Page.Keyboard.PressAsync("Tab");
        await page.Page.Keyboard.TypeAsync("keys@example.com");
        await page.Page.Keyboard.PressAsync("Enter");
        var told = page.Page.Locator(".reminder-made");
        await Expect(told).ToContainTextAsync(Months());
        await Expect(told).ToBeFocusedAsync();
        Assert.Equal(1, Kept("keys@example.com"));
        // Nothing of it is kept on the device, and the appeal is still there.
        Assert.Equal("{}", await page.StoredAsync());
        await Expect(page.Choose).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_wrong_address_is_told_at_its_field()
    {
        await using var page = await site.OpenAsync("?locale=ru&placement=BANNER", width: 320);
        await page.Page.GetByText("Напомнить письмом").ClickAsync();
        var email = page.Page.Locator("#reminder-email");
        foreach (var wrong in (string[])["", "nobody"])
        {
            await email.FillAsync(wrong);
            await page.Button("Напомнить").ClickAsync();
            await Expect(page.Page.Locator("#reminder-email-error")).ToHaveTextAsync("Напишите адрес электронной почты.");
            await Expect(email).ToBeFocusedAsync();
            await Expect(email).ToHaveAttributeAsync("aria-invalid", "true");
        }

        // What the browser lets pass and the server does not.
        await email.FillAsync(new string('a', 70) + "@example.com");
        await page.Button("Напомнить").ClickAsync();
        await Expect(page.Page.Locator("#reminder-email-error")).Not.ToBeEmptyAsync();
        Assert.Equal(0, await page.OverflowAsync());
        await email.FillAsync("ru@example.com");
        await page.Button("Напомнить").ClickAsync();
        await Expect(page.Page.Locator(".reminder-made")).ToContainTextAsync("Мы напишем вам");
        Assert.Equal(0, await page.OverflowAsync());
    }

    [Fact]
    public async Task While_one_pays_no_reminder_is_asked_for()
    {
        await using var page = await site.OpenAsync();
        await Expect(page.Page.Locator(".reminder")).ToBeVisibleAsync();
        await page.ChooseAsync("Reader");
        await Expect(page.Page.Locator(".reminder")).ToBeHiddenAsync();
        await page.Button("Change").ClickAsync();
        await Expect(page.Page.Locator(".reminder")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_page_of_the_link_ends_all_with_one_button()
    {
        await using var page = await site.OpenAsync();
        await page.Page.GetByText("Remind me by mail").ClickAsync();
        await page.Page.Locator("#reminder-email").FillAsync("cancels@example.com");
        await page.Button("Remind me").ClickAsync();
        await Expect(page.Page.Locator(".reminder-made")).ToBeVisibleAsync();
        Assert.Equal(1, Kept("cancels@example.com"));

        await page.Page.GotoAsync(site.Services.GetRequiredService<UnsubscribeLinks>().For(Index("cancels@example.com"))!);
        await Expect(page.Heading("Stop the reminders?")).ToBeVisibleAsync();
        Assert.Equal(1, Kept("cancels@example.com"));
        await page.Page.Keyboard.PressAsync("Tab");
        await Expect(page.Button("Stop all reminders")).ToBeFocusedAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Heading("Done")).ToBeVisibleAsync();
        Assert.Equal(0, Kept("cancels@example.com"));
    }

    private byte[] Index(string email) => site.Services.GetRequiredService<ContactSealer>().Index(email);

    private long Kept(string email) => site.Services.GetRequiredService<VaultFile>().Database.Read(c => c.ExecuteScalar<long>("SELECT count(*) FROM reminders WHERE email_index = @index", new { index = Index(email) }));

    [GeneratedRegex(@"^We will write to you every three months, first on \w+ \d+, \d{4}\. ")]
    private static partial Regex Months();
}
