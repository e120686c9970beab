# syntax=docker/dockerfile:1
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY protos/ protos/
COPY src/ src/
RUN dotnet publish src/Donations.Server -c Release -o /app -p:RestoreLockedMode=true -p:UseAppHost=false \
 && mkdir /data

# Chiseled-extra: no shell, no package manager; with the time zones that the book calendar needs.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra
WORKDIR /app
COPY --from=build /app ./
COPY --from=build --chown=$APP_UID:$APP_UID /data /var/lib/donations
USER $APP_UID
VOLUME /var/lib/donations
ENV ASPNETCORE_ENVIRONMENT=Production \
    Storage__Directory=/var/lib/donations \
    Kestrel__Endpoints__Http__Url=http://+:8080 \
    Kestrel__Endpoints__Http__Protocols=Http1 \
    Kestrel__Endpoints__Grpc__Url=http://+:8081 \
    Kestrel__Endpoints__Grpc__Protocols=Http2
EXPOSE 8080 8081
# The image has no shell and no curl: the binary asks itself.
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s CMD ["dotnet", "Donations.Server.dll", "health"]
ENTRYPOINT ["dotnet", "Donations.Server.dll"]
