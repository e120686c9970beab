namespace Donations.Server.Rpc;

/// <summary>
/// Nobody knows yet what came of something outside. The error table answers PAYMENT_PROCESSOR_UNAVAILABLE: the caller may ask again with
/// the same request_id.
/// </summary>
internal class OutcomeUnknownException(string message, Exception? inner) : Exception(message, inner);
