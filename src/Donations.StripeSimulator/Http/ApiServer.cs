using System.Collections.Concurrent;
using System.Text;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Faults;

namespace Donations.StripeSimulator.Http;

/// <summary>Answers calls below /v1: who calls, what for, once per idempotency key, and how it ended.</summary>
internal sealed partial class ApiServer(SimulatorEngine engine, World world, TimeProvider time, ILogger logger, CancellationToken stop)
{
    private const int MaxKeyLength = 255;
    private const long KeyLifetime = 86400;

    private readonly ApiRouter _router = Api.Router();
    private readonly IdSource _conflictIds = new(~world.Options.Seed);
    private readonly ConcurrentDictionary<string, bool> _inProgress = new(StringComparer.Ordinal);

    public async Task HandleAsync(HttpContext http)
    {
        var pairs = await Control.ReadAsync(http);
        if (!engine.Limit.Take())
        {
            await RefuseAsync(http);
            return;
        }
        var fault = engine.Faults.Take(http.Request.Method, http.Request.Path.Value ?? "");
        if (fault is { Kind: FaultKind.Slow } || fault is { Kind: FaultKind.Hang, TakesEffect: false })
            await WaitAsync(http, fault);
        if (http.RequestAborted.IsCancellationRequested)
            return;
        var answer = fault is null ? null : Refusal(fault);
        answer ??= await Task.Run(() => Answer(http, pairs, fault), CancellationToken.None);
        if (fault is { Kind: FaultKind.Hang, TakesEffect: true })
            await WaitAsync(http, fault);
        if (fault is { Kind: FaultKind.LostResponse })
        {
            http.Abort();
            return;
        }
        WriteHead(http, answer, fault);
        if (fault is { Kind: FaultKind.Reset })
            await BreakOffAsync(http, answer);
        else
            await http.Response.WriteAsync(answer.Body, http.RequestAborted);
    }

    private static StripeError TooMany() =>
        new(429, "invalid_request_error", "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.") { Code = "rate_limit" };

    private async Task RefuseAsync(HttpContext http)
    {
        var answer = Unlocked(TooMany());
        WriteHead(http, answer, new Fault { Reason = "global-rate" });
        await http.Response.WriteAsync(answer.Body, http.RequestAborted);
    }

    private static void WriteHead(HttpContext http, Answer answer, Fault? fault)
    {
        var headers = http.Response.Headers;
        headers["Request-Id"] = answer.RequestId;
        headers["Stripe-Version"] = Catalogue.ApiVersion;
        headers.CacheControl = "no-cache, no-store";
        if (http.Request.Headers["Idempotency-Key"].ToString() is { Length: > 0 } key)
            headers["Idempotency-Key"] = key;
        if (answer.Original is not null)
        {
            headers["Idempotent-Replayed"] = "true";
            headers["Original-Request"] = answer.Original;
        }
        if (fault?.ShouldRetry is { } retry)
            headers["Stripe-Should-Retry"] = retry ? "true" : "false";
        if (fault?.Reason is { } reason)
            headers["Stripe-Rate-Limited-Reason"] = reason;
        http.Response.StatusCode = answer.Status;
        http.Response.ContentType = "application/json";
    }

    /// <summary>Half of the answer, then the end of the connection.</summary>
    private static async Task BreakOffAsync(HttpContext http, Answer answer)
    {
        var body = Encoding.UTF8.GetBytes(answer.Body);
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body.AsMemory(0, body.Length / 2), http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
        http.Abort();
    }

    /// <summary>The fault's time, in the system's time, or until the caller gives up or the simulator stops.</summary>
    private async Task WaitAsync(HttpContext http, Fault fault)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stop);
        try
        {
            await Task.Delay(fault.Seconds is { } seconds ? TimeSpan.FromSeconds(seconds) : Timeout.InfiniteTimeSpan, time, end.Token);
        }
        catch (OperationCanceledException)
        {
            http.Abort();
        }
        if (fault.Kind == FaultKind.Hang)
            http.Abort();
    }

    /// <summary>The answer of a fault that keeps the call from being looked at. No key keeps it.</summary>
    private Answer? Refusal(Fault fault)
    {
        var error = fault.Kind switch
        {
            FaultKind.RateLimit => TooMany(),
            FaultKind.LockTimeout => new StripeError(
                fault.Status ?? 409, "invalid_request_error", "This object cannot be accessed right now because another API request or Stripe process is currently accessing it.")
            { Code = "lock_timeout" },
            _ => null,
        };
        return error is null ? null : Unlocked(error);
    }

    private Answer Answer(HttpContext http, List<KeyValuePair<string, string>> pairs, Fault? fault)
    {
        var request = http.Request;
        var path = request.Path.Value ?? "";
        var key = request.Method == "POST" ? request.Headers["Idempotency-Key"].ToString() : "";
        if (key.Length == 0)
            return engine.Exclusive(() => Execute(http, path, pairs, null, fault).Answer);
        if (key.Length > MaxKeyLength)
            return engine.Exclusive(() => Error(StripeError.Invalid($"Idempotency keys may have up to {MaxKeyLength} characters."), NewRequestId()));
        if (!_inProgress.TryAdd(key, true))
        {
            return InProgress(key);
        }
        try
        {
            return engine.Exclusive(() => Once(http, path, pairs, key, fault));
        }
        finally
        {
            _inProgress.TryRemove(key, out _);
        }
    }

    /// <summary>Answered at once: waiting for the account would be waiting for the other request.</summary>
    private Answer InProgress(string key)
    {
        var error = new StripeError(409, "idempotency_error",
            $"There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): {key}. Please try again later.")
        {
            Code = "idempotency_key_in_use",
        };
        return Unlocked(error);
    }

    private Answer Unlocked(StripeError error)
    {
        lock (_conflictIds)
        {
            var requestId = _conflictIds.Next("req_", 14);
            return new Answer(error.Status, error.ToJson(_ => null, requestId).ToJsonString(), requestId, null);
        }
    }

    /// <summary>Executes, or replays what the key's first call was answered.</summary>
    private Answer Once(HttpContext http, string path, List<KeyValuePair<string, string>> pairs, string key, Fault? fault)
    {
        Prune();
        var parameters = string.Join('&', pairs.Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal));
        if (world.Store.Find<IdempotencyRecord>(IdempotencyRecord.IdPrefix + key) is { } record)
        {
            if (Authenticate(http.Request) is null)
                return Error(Unauthorized(http.Request), NewRequestId());
            if (record.Endpoint != path)
            {
                return Error(new StripeError(400, "idempotency_error",
                    $"Keys for idempotent requests can only be used for the same endpoint they were first used for ('{record.Endpoint}' vs '{path}'). Try using a key other than '{key}' if you meant to execute a different request."), NewRequestId());
            }
            return record.Parameters == parameters
                ? new Answer(record.Status, record.Body, NewRequestId(), record.RequestId)
                : Error(new StripeError(400, "idempotency_error",
                    $"Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '{key}' if you meant to execute a different request."), NewRequestId());
        }
        var (answer, store) = Execute(http, path, pairs, key, fault);
        if (store)
        {
            world.Store.Add(new IdempotencyRecord
            {
                Id = IdempotencyRecord.IdPrefix + key,
                Created = world.Now,
                Endpoint = path,
                Parameters = parameters,
                RequestId = answer.RequestId,
                Status = answer.Status,
                Body = answer.Body,
            });
        }
        return answer;
    }

    /// <summary>Runs the endpoint. The flag says whether an idempotency key keeps the answer.</summary>
    private (Answer Answer, bool Store) Execute(HttpContext http, string path, List<KeyValuePair<string, string>> pairs, string? key, Fault? fault)
    {
        var requestId = NewRequestId();
        try
        {
            var publishable = Authenticate(http.Request) ?? throw Unauthorized(http.Request);
            var (route, args) = _router.Find(http.Request.Method, path)
                ?? throw new StripeError(404, "invalid_request_error", $"Unrecognized request URL ({http.Request.Method}: {path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.");
            if (publishable && !route.Browser)
                throw new StripeError(401, "invalid_request_error", "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.") { Code = "secret_key_required" };
            var parameters = ApiParams.Parse(pairs);
            var expand = Expansion.Parse(parameters.Texts("expand") ?? []);
            var request = new ApiRequest(world, http.Request.Method, path, parameters, expand)
            {
                RequestId = requestId,
                IdempotencyKey = key,
                Publishable = publishable,
                Args = args,
                Legacy = !publishable && http.Request.Headers["Stripe-Version"].Count == 0,
            };
            if (fault is { Kind: FaultKind.Stored500, TakesEffect: false })
                throw Broken();
            world.Call = (requestId, key);
            var json = route.Handler(request);
            expand.Finish();
            if (fault is { Kind: FaultKind.Stored500 })
                throw Broken();
            return (new Answer(200, json.ToJsonString(), requestId, null), true);
        }
        catch (StripeError error)
        {
            return (Error(error, requestId), error.Executed);
        }
#pragma warning disable CA1031 // Whatever went wrong inside is a 500 to the caller, and the key keeps it as Stripe's does.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogFailure(logger, exception, http.Request.Method, path);
            return (Error(new StripeError(500, "api_error", "An unknown error occurred."), requestId), true);
        }
        finally
        {
            world.Call = null;
        }
    }

    private static StripeError Broken() => new(500, "api_error", "An unknown error occurred.") { Executed = true };

    private Answer Error(StripeError error, string requestId) =>
        new(error.Status, error.ToJson(world.Render.ById, requestId).ToJsonString(), requestId, null);

    private void Prune()
    {
        while (world.Store.Idempotency.Oldest is { } oldest && oldest.Created <= world.Now - KeyLifetime)
            world.Store.Remove(oldest);
    }

    private string NewRequestId() => world.Ids.Next("req_", 14);

    /// <summary>Whether the caller holds the publishable key; null for neither key.</summary>
    private bool? Authenticate(HttpRequest request)
    {
        var key = KeyOf(request);
        if (key == world.Options.SecretKey)
            return false;
        return key == world.Options.PublishableKey ? true : null;
    }

    private static string? KeyOf(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return header["Bearer ".Length..].Trim();
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
            return null;
        var buffer = new byte[header.Length];
        return Convert.TryFromBase64String(header["Basic ".Length..].Trim(), buffer, out var length)
            ? Encoding.UTF8.GetString(buffer, 0, length).Split(':')[0]
            : null;
    }

    private static StripeError Unauthorized(HttpRequest request) => KeyOf(request) is { } key
        ? new StripeError(401, "invalid_request_error", $"Invalid API Key provided: {key[..Math.Min(8, key.Length)]}****")
        : new StripeError(401, "invalid_request_error", "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').");

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed inside the simulator")]
    private static partial void LogFailure(ILogger logger, Exception exception, string method, string path);
}

/// <summary>A finished answer; <c>Original</c> is the request whose stored answer it repeats.</summary>
internal sealed record Answer(int Status, string Body, string RequestId, string? Original);
