using System.Security.Claims;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ComPO.Dashboard.Control;

/// <summary>
/// Letting an operator in who knows the control token, and out again. The token is posted once and kept nowhere: what the browser gets is a cookie
/// that no script can read and no other site can use. Both pages take no request that did not come from a page of this node.
/// </summary>
internal static class ControlPages
{
    /// <summary>Where a token is posted.</summary>
    public const string LetInPath = "control/let-in";

    /// <summary>Where leaving is posted.</summary>
    public const string LeavePath = "control/leave";

    /// <summary>The name of the form's field.</summary>
    public const string TokenField = "token";

    /// <summary>Who has said the token.</summary>
    public const string OperatorRole = "operator";

    // Guessing is hopeless at this pace, whoever guesses.
    private static readonly FixedWindowRateLimiterOptions Pace = new() { PermitLimit = 5, Window = TimeSpan.FromSeconds(10) };

    /// <summary>Maps both.</summary>
    public static void Map(IEndpointRouteBuilder pages, ControlToken token)
    {
        var limiter = new FixedWindowRateLimiter(Pace);
        pages.MapPost(LetInPath, async (HttpContext context, IAntiforgery antiforgery) =>
        {
            if (!await antiforgery.IsRequestValidAsync(context))
                return Results.BadRequest();
            using var lease = limiter.AttemptAcquire();
            if (!lease.IsAcquired)
                return Results.LocalRedirect("~/?control=wait");
            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            if (!token.Is(form[TokenField].ToString()))
                return Results.LocalRedirect("~/?control=refused");
            var identity = new ClaimsIdentity([new Claim(ClaimTypes.Role, OperatorRole)], CookieAuthenticationDefaults.AuthenticationScheme);
            await context.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, new ClaimsPrincipal(identity));
            return Results.LocalRedirect("~/");
        });
        pages.MapPost(LeavePath, async (HttpContext context, IAntiforgery antiforgery) =>
        {
            if (!await antiforgery.IsRequestValidAsync(context))
                return Results.BadRequest();
            await context.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
            return Results.LocalRedirect("~/");
        });
    }
}
