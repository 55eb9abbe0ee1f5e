using Akka.Actor;
using ComPO.Dashboard.Control;
using ComPO.Dashboard.Feed;
using ComPO.Dashboard.Pages;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Net.Http.Headers;

namespace ComPO.Dashboard;

/// <summary>The dashboard as part of a seed's web server: one page, which shows the cluster as it is.</summary>
public static class ComPODashboard
{
    // Everything comes from the node itself, and the page shows in no other.
    private const string ContentPolicy =
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>Registers what the page needs; an <see cref="ActorSystem"/> that is a seed has to be there.</summary>
    /// <param name="services">The node's services.</param>
    /// <param name="settings">How often to ask the cluster, and who may change something.</param>
    public static IServiceCollection AddComPODashboard(this IServiceCollection services, DashboardSettings settings)
    {
        services.AddSingleton(settings).AddSingleton(new ControlToken(settings.ControlToken)).AddSingleton<LiveView>().AddSingleton<RunControls>();
        services.AddHostedService<ReaderStart>();

        // Cookies and forms are worth nothing after a restart, so no key need outlive the process.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        var cookies = $"compo-{Guid.NewGuid():N}"[..14];
        services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(cookie =>
        {
            // Browsers keep cookies by host: those of another node on another port are not this one's.
            cookie.Cookie.Name = $"{cookies}-operator";
            cookie.Cookie.SameSite = Microsoft.AspNetCore.Http.SameSiteMode.Strict;
            cookie.Cookie.HttpOnly = true;
            cookie.ExpireTimeSpan = TimeSpan.FromHours(8);
        });
        services.AddAuthorization();
        services.AddAntiforgery(antiforgery => antiforgery.Cookie.Name = $"{cookies}-form");
        services.AddCascadingAuthenticationState();
        services.AddResponseCompression(compression =>
        {
            // Over TLS too: the one secret in the page is the form's, and that is masked anew each time.
            compression.EnableForHttps = true;
            compression.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "image/svg+xml"];
        });
        services.Configure<BrotliCompressionProviderOptions>(brotli => brotli.Level = System.IO.Compression.CompressionLevel.Optimal);
        services.AddRazorComponents().AddInteractiveServerComponents(circuits => circuits.DisconnectedCircuitMaxRetained = 20);
        return services;
    }

    /// <summary>Maps the page at the root.</summary>
    public static WebApplication MapComPODashboard(this WebApplication application)
    {
        application.UseResponseCompression();
        application.Use(AddHeaders);
        application.UseStaticFiles(new StaticFileOptions
        {
            RequestPath = "/assets",
            FileProvider = new EmbeddedFileProvider(typeof(ComPODashboard).Assembly, "ComPO.Dashboard.Assets"),
            OnPrepareResponse = LetBrowsersKeep,
        });
        application.UseAuthentication();
        application.UseAuthorization();
        application.UseAntiforgery();
        application.MapRazorComponents<App>().AddInteractiveServerRenderMode(circuit => circuit.ContentSecurityFrameAncestorsPolicy = null);
        ControlPages.Map(application, application.Services.GetRequiredService<ControlToken>());
        return application;
    }

    private static Task AddHeaders(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        return next(context);
    }

    // Their addresses change with the assembly that they are in.
    private static void LetBrowsersKeep(StaticFileResponseContext file) =>
        file.Context.Response.Headers.CacheControl = new CacheControlHeaderValue { Public = true, MaxAge = TimeSpan.FromDays(365) }.ToString();
}
