#!/usr/bin/env python3
"""Writes RequiredFields.cs: which fields the type declarations of the npm package `stripe` call required.

usage: required-fields.py PACKAGE_DIRECTORY > RequiredFields.cs
"""
import re
import sys

FILES = """BalanceTransactions.BalanceTransaction Balance.Balance BillingPortal/Sessions.Session Charges.Charge Checkout/Sessions.Session
ConfirmationTokens.ConfirmationToken Customers.Customer CustomerSessions.CustomerSession Disputes.Dispute EphemeralKeys.EphemeralKey Events.EventBase
Invoices.Invoice InvoiceItems.InvoiceItem InvoicePayments.InvoicePayment InvoiceLineItems.InvoiceLineItem LineItems.LineItem PaymentIntents.PaymentIntent PaymentMethods.PaymentMethod
Payouts.Payout Plans.Plan Prices.Price Products.Product Reviews.Review Radar/EarlyFraudWarnings.EarlyFraudWarning Refunds.Refund SetupIntents.SetupIntent
Subscriptions.Subscription SubscriptionItems.SubscriptionItem SubscriptionSchedules.SubscriptionSchedule TestHelpers/TestClocks.TestClock
WebhookEndpoints.WebhookEndpoint""".split()
# Parts that this simulator never has, and the optional ones that it has: of the others there are hundreds, one per payment method.
SKIPPED = {"after_expiration", "billing_thresholds", "consent", "consent_collection", "currency_conversion", "custom_fields",
           "discount_amounts", "flow_directions", "installments", "invoice_creation", "last_finalization_error", "managed_payments",
           "package_dimensions", "pause_schedules", "payment_method_configuration_details", "pending_update", "permissions",
           "shipping_cost", "subscription_update_confirm", "taxes", "threshold_reason", "transfer_data", "wallet", "single_use_mandate"}
OPTIONAL = {"card", "redirect_to_url", "components", "destination_details", "payment_method_details", "status_details", "trace_id"}


def parse(path):
    """Interfaces by full name, each a list of (field, optional, type)."""
    text = re.sub(r"/\*.*?\*/", "", open(path).read(), flags=re.S)
    found, stack = {}, []
    for line in text.splitlines():
        line = line.strip()
        opening = re.match(r"(?:export )?(?:declare )?(interface|namespace|class) (\w+).*\{$", line)
        if opening:
            stack.append(opening.group(2))
            if opening.group(1) == "interface":
                found.setdefault(".".join(stack), [])
        elif line.endswith("{"):
            stack.append("")
        elif line.startswith("}"):
            if stack:
                stack.pop()
        elif field := re.match(r"(\w+)(\?)?: (.*);$", line):
            found.setdefault(".".join(stack), []).append(field.groups())
    return found


def resolve(types, scope, name):
    parts = scope.split(".")
    for i in range(len(parts), -1, -1):
        full = ".".join(parts[:i] + [name])
        if full in types:
            return full
    return None


def walk(types, scope, path, lines):
    fields = types[scope]
    required = " ".join(name for name, optional, _ in fields if not optional)
    if required:
        lines.append(f"{path}: {required}")
    for name, optional, kind in fields:
        if name in SKIPPED or (optional and name not in OPTIONAL) or "string |" in kind or path.count(".") > 5:
            continue
        inner = re.match(r"^(?:Array<)?([\w.]+)>?(?: \| null)?$", kind)
        target = inner and resolve(types, scope, inner.group(1))
        if target and target != scope:
            walk(types, target, f"{path}.{name}", lines)


lines = []
for entry in FILES:
    file, name = entry.rsplit(".", 1)
    types = parse(f"{sys.argv[1]}/esm/resources/{file}.d.ts")
    scope = next(full for full in types if full == name or full.endswith("." + name))
    kind = next((k for n, _, k in types[scope] if n == "object"), "'event'").strip("'")
    walk(types, scope, "/" + kind, lines)

print('namespace Donations.Tests.StripeSimulator;\n')
print('/// <summary>Written by required-fields.py from the type declarations of npm stripe 23.1.0, API version 2026-10-28.endive.</summary>')
print('internal static class RequiredFields\n{')
print('    /// <summary>Per object and per object inside it: the fields that must be there.</summary>')
print('    public const string Table =\n        """')
for line in lines:
    words, row = line.split(" "), ""
    for word in words:
        if len(row) + len(word) > 145:
            print("        " + row)
            row = " "
        row += (" " if row else "") + word
    print("        " + row)
print('        """;\n}')
