namespace Donations.StripeSimulator.Http;

/// <summary>The endpoints below /v1. A pattern's <c>*</c> matches one part of the path.</summary>
internal sealed class ApiRouter
{
    private readonly List<Route> _routes = [];

    public void Get(string pattern, ApiHandler handler, bool browser = false) => Add("GET", pattern, handler, browser);

    public void Post(string pattern, ApiHandler handler, bool browser = false) => Add("POST", pattern, handler, browser);

    public void Delete(string pattern, ApiHandler handler) => Add("DELETE", pattern, handler, browser: false);

    /// <summary>Finds the endpoint of a call and the variable parts of its path.</summary>
    public (Route Route, IReadOnlyList<string> Args)? Find(string method, string path)
    {
        var parts = path.Split('/');
        foreach (var route in _routes)
        {
            if (route.Method == method && route.Match(parts) is { } args)
                return (route, args);
        }
        return null;
    }

    private void Add(string method, string pattern, ApiHandler handler, bool browser) =>
        _routes.Add(new Route(method, pattern.Split('/'), handler, browser));

    internal sealed record Route(string Method, string[] Pattern, ApiHandler Handler, bool Browser)
    {
        public IReadOnlyList<string>? Match(string[] parts)
        {
            if (parts.Length != Pattern.Length)
                return null;
            List<string>? args = null;
            for (var i = 0; i < parts.Length; i++)
            {
                if (Pattern[i] == "*" && parts[i].Length > 0)
                    (args ??= []).Add(Uri.UnescapeDataString(parts[i]));
                else if (Pattern[i] != parts[i])
                    return null;
            }
            return args ?? [];
        }
    }
}
