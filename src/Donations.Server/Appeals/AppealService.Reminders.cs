using Donations.Server.Rpc;
using Donations.V1;
using Grpc.Core;

namespace Donations.Server.Appeals;

internal sealed partial class AppealService
{
    [Access(Anonymous = true)]
    public override Task<Reminder> CreateReminder(CreateReminderRequest request, ServerCallContext context) => reminders.CreateAsync(request);

    [Access(Anonymous = true)]
    public override async Task<CancelReminderResponse> CancelReminder(CancelReminderRequest request, ServerCallContext context) =>
        await reminders.CancelAsync(request.Token) ? new() : throw RpcErrors.FieldInvalid("token", "must be the last part of a reminder's link");
}
