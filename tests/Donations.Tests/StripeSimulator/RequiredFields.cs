namespace Donations.Tests.StripeSimulator;

/// <summary>Written by required-fields.py from the type declarations of npm stripe 23.1.0, API version 2026-10-28.endive.</summary>
internal static class RequiredFields
{
    /// <summary>Per object and per object inside it: the fields that must be there.</summary>
    public const string Table =
        """
        /balance_transaction: id object amount available_on balance_type created currency description exchange_rate fee fee_details net reporting_category
          source status type
        /balance_transaction.fee_details: amount application currency description type
        /balance: object available livemode pending
        /balance.available: amount currency
        /balance.pending: amount currency
        /billing_portal.session: id object configuration created customer customer_account flow livemode locale on_behalf_of return_url url
        /billing_portal.session.flow: after_completion customer_update subscription_cancel subscription_pause subscription_update
          subscription_update_confirm type
        /billing_portal.session.flow.after_completion: hosted_confirmation redirect type
        /billing_portal.session.flow.after_completion.hosted_confirmation: custom_message
        /billing_portal.session.flow.after_completion.redirect: return_url
        /billing_portal.session.flow.subscription_cancel: retention subscription
        /billing_portal.session.flow.subscription_cancel.retention: coupon_offer type
        /billing_portal.session.flow.subscription_cancel.retention.coupon_offer: coupon
        /billing_portal.session.flow.subscription_pause: subscription
        /billing_portal.session.flow.subscription_update: subscription
        /charge: id object amount amount_captured amount_refunded application application_fee application_fee_amount balance_transaction billing_details
          calculated_statement_descriptor captured created currency customer description disputed failure_balance_transaction failure_code failure_message
          fraud_details livemode metadata on_behalf_of outcome paid payment_intent payment_method payment_method_details receipt_email receipt_number
          receipt_url refunded review shipping source source_transfer statement_descriptor statement_descriptor_suffix status transfer_data transfer_group
        /charge.billing_details: address email name phone tax_id
        /charge.outcome: advice_code network_advice_code network_decline_code network_status reason seller_message type
        /charge.payment_method_details: type
        /charge.payment_method_details.card: amount_authorized authorization_code brand checks country electronic_commerce_indicator exp_month exp_year
          funding installments last4 mandate network network_transaction_id regulated_status three_d_secure transaction_link_id wallet
        /charge.payment_method_details.card.checks: address_line1_check address_postal_code_check cvc_check
        /charge.payment_method_details.card.three_d_secure: authentication_flow electronic_commerce_indicator exemption_indicator result result_reason
          transaction_id version
        /checkout.session: id object adaptive_pricing after_expiration allow_promotion_codes allowed_payment_method_types amount_subtotal amount_total
          automatic_tax billing_address_collection cancel_url client_reference_id client_secret collected_information consent consent_collection created
          currency currency_conversion custom_fields custom_text customer customer_account customer_creation customer_details customer_email discounts
          expires_at integration_identifier invoice invoice_creation livemode locale managed_payments metadata mode origin_context payment_intent
          payment_link payment_method_collection payment_method_configuration_details payment_method_options payment_method_types payment_status
          permissions recovered_from saved_payment_method_options setup_intent shipping_address_collection shipping_cost shipping_options status
          submit_type subscription success_url total_details ui_mode url wallet_options
        /checkout.session.adaptive_pricing: enabled
        /checkout.session.automatic_tax: enabled liability provider status
        /checkout.session.automatic_tax.liability: type
        /checkout.session.collected_information: business_name individual_name shipping_details
        /checkout.session.collected_information.shipping_details: address name
        /checkout.session.custom_text: after_submit shipping_address submit terms_of_service_acceptance
        /checkout.session.custom_text.after_submit: message
        /checkout.session.custom_text.shipping_address: message
        /checkout.session.custom_text.submit: message
        /checkout.session.custom_text.terms_of_service_acceptance: message
        /checkout.session.customer_details: address business_name email individual_name name phone tax_exempt tax_ids
        /checkout.session.customer_details.tax_ids: type value
        /checkout.session.discounts: coupon promotion_code
        /checkout.session.payment_method_options.card: request_three_d_secure
        /checkout.session.saved_payment_method_options: allow_redisplay_filters payment_method_remove payment_method_save
        /checkout.session.shipping_address_collection: allowed_countries
        /checkout.session.shipping_options: shipping_amount shipping_rate
        /checkout.session.total_details: amount_discount amount_shipping amount_tax
        /confirmation_token: id object created expires_at livemode metadata payment_intent payment_method_options payment_method_preview return_url
          setup_future_usage setup_intent shipping use_stripe_sdk
        /confirmation_token.payment_method_options: card
        /confirmation_token.payment_method_options.card: cvc_token
        /confirmation_token.payment_method_preview: billing_details customer customer_account type
        /confirmation_token.payment_method_preview.billing_details: address email name phone tax_id
        /confirmation_token.payment_method_preview.card: brand checks country display_brand exp_month exp_year funding generated_from last4 networks
          regulated_status three_d_secure_usage wallet
        /confirmation_token.payment_method_preview.card.checks: address_line1_check address_postal_code_check cvc_check
        /confirmation_token.payment_method_preview.card.generated_from: charge payment_method_details setup_attempt
        /confirmation_token.payment_method_preview.card.generated_from.payment_method_details: type
        /confirmation_token.payment_method_preview.card.networks: available preferred
        /confirmation_token.payment_method_preview.card.three_d_secure_usage: supported
        /confirmation_token.shipping: address name phone
        /customer: id object balance created default_source description email invoice_settings livemode metadata shipping
        /customer.invoice_settings: custom_fields default_payment_method footer rendering_options
        /customer.invoice_settings.rendering_options: amount_tax_display template
        /customer_session: object client_secret created customer customer_account expires_at livemode
        /customer_session.components: active_entitlements buy_button customer_portal customer_sheet mobile_payment_element payment_element pricing_table
        /customer_session.components.active_entitlements: enabled
        /customer_session.components.buy_button: enabled
        /customer_session.components.customer_portal: enabled
        /customer_session.components.customer_sheet: enabled features
        /customer_session.components.customer_sheet.features: payment_method_allow_redisplay_filters payment_method_remove
        /customer_session.components.mobile_payment_element: enabled features
        /customer_session.components.mobile_payment_element.features: payment_method_allow_redisplay_filters payment_method_redisplay
          payment_method_remove payment_method_save payment_method_save_allow_redisplay_override
        /customer_session.components.payment_element: enabled features
        /customer_session.components.payment_element.features: payment_method_allow_redisplay_filters payment_method_redisplay
          payment_method_redisplay_limit payment_method_remove payment_method_save payment_method_save_usage
        /customer_session.components.pricing_table: enabled
        /dispute: id object amount balance_transactions charge created currency enhanced_eligibility_types evidence evidence_details
          intended_submission_method is_charge_refundable livemode metadata payment_intent reason status
        /dispute.evidence: access_activity_log billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal
          customer_communication customer_email_address customer_name customer_purchase_ip customer_signature duplicate_charge_documentation
          duplicate_charge_explanation duplicate_charge_id enhanced_evidence product_description receipt refund_policy refund_policy_disclosure
          refund_refusal_explanation service_date service_documentation shipping_address shipping_carrier shipping_date shipping_documentation
          shipping_tracking_number uncategorized_file uncategorized_text
        /dispute.evidence_details: due_by enhanced_eligibility has_evidence past_due submission_count submission_method
        /dispute.payment_method_details: type
        /dispute.payment_method_details.card: brand case_type network network_reason_code
        /ephemeral_key: id object created expires livemode
        /event: id object api_version created data livemode pending_webhooks request type
        /event.data: object
        /event.request: id idempotency_key
        /invoice: id object account_country account_name account_tax_ids amount_due amount_overpaid amount_paid amount_remaining amount_shipping
          application attempt_count attempted automatic_tax automatically_finalizes_at billing_reason collection_method created currency custom_fields
          customer customer_account customer_address customer_email customer_name customer_phone customer_shipping customer_tax_exempt
          default_payment_method default_source default_tax_rates description discounts due_date effective_at ending_balance footer from_invoice issuer
          last_finalization_error latest_revision lines livemode metadata next_payment_attempt number on_behalf_of parent payment_settings period_end
          period_start post_payment_credit_notes_amount pre_payment_credit_notes_amount receipt_number rendering shipping_cost shipping_details
          starting_balance statement_descriptor status status_transitions subtotal subtotal_excluding_tax test_clock total total_discount_amounts
          total_excluding_tax total_pretax_credit_amounts total_taxes webhooks_delivered_at
        /invoice.automatic_tax: disabled_reason enabled liability provider status
        /invoice.automatic_tax.liability: type
        /invoice.from_invoice: action invoice
        /invoice.issuer: type
        /invoice.parent: quote_details subscription_details type
        /invoice.parent.quote_details: quote
        /invoice.parent.subscription_details: metadata subscription
        /invoice.payment_settings: default_mandate payment_method_options payment_method_types
        /invoice.payment_settings.payment_method_options: acss_debit bancontact card customer_balance konbini payto pix sepa_debit upi us_bank_account
        /invoice.payment_settings.payment_method_options.bancontact: preferred_language
        /invoice.payment_settings.payment_method_options.card: request_three_d_secure
        /invoice.payment_settings.payment_method_options.customer_balance: funding_type
        /invoice.payment_settings.payment_method_options.pix: amount_includes_iof
        /invoice.rendering: amount_tax_display pdf template template_version
        /invoice.rendering.pdf: page_size
        /invoice.status_transitions: finalized_at marked_uncollectible_at paid_at voided_at
        /invoice.total_discount_amounts: amount discount
        /invoice.total_pretax_credit_amounts: amount type
        /invoice.total_taxes: amount tax_behavior tax_rate_details taxability_reason taxable_amount type
        /invoice.total_taxes.tax_rate_details: tax_rate
        /invoiceitem: id object amount currency customer customer_account date description discountable discounts invoice livemode metadata parent period
          pricing proration quantity quantity_decimal tax_rates test_clock
        /invoiceitem.parent: subscription_details type
        /invoiceitem.parent.subscription_details: subscription
        /invoiceitem.period: end start
        /invoiceitem.pricing: type unit_amount_decimal
        /invoice_payment: id object amount_paid amount_requested created currency invoice is_default livemode payment status status_transitions
        /invoice_payment.payment: type
        /invoice_payment.status_transitions: canceled_at paid_at
        /line_item: id object amount currency description discount_amounts discountable discounts invoice livemode metadata parent period
          pretax_credit_amounts pricing quantity quantity_decimal subscription subtotal taxes
        /line_item.parent: invoice_item_details subscription_item_details type
        /line_item.parent.invoice_item_details: invoice_item proration proration_details subscription
        /line_item.parent.invoice_item_details.proration_details: credited_items
        /line_item.parent.invoice_item_details.proration_details.credited_items: invoice invoice_line_items
        /line_item.parent.subscription_item_details: invoice_item proration proration_details subscription subscription_item
        /line_item.parent.subscription_item_details.proration_details: credited_items
        /line_item.parent.subscription_item_details.proration_details.credited_items: invoice invoice_line_items
        /line_item.period: end start
        /line_item.pretax_credit_amounts: amount type
        /line_item.pricing: type unit_amount_decimal
        /item: id object adjustable_quantity amount_discount amount_subtotal amount_tax amount_total currency description metadata price quantity
        /item.adjustable_quantity: enabled maximum minimum
        /payment_intent: id object allowed_payment_method_types amount amount_capturable amount_received application application_fee_amount
          automatic_payment_methods canceled_at cancellation_reason capture_method client_secret confirmation_method created currency customer
          customer_account description excluded_payment_method_types last_payment_error latest_charge livemode managed_payments metadata next_action
          on_behalf_of payment_method payment_method_configuration_details payment_method_options payment_method_types payment_record processing
          receipt_email review setup_future_usage shipping source statement_descriptor statement_descriptor_suffix status transfer_group
        /payment_intent.automatic_payment_methods: enabled
        /payment_intent.last_payment_error: type
        /payment_intent.next_action: type
        /payment_intent.next_action.redirect_to_url: return_url url
        /payment_intent.payment_method_options.card: installments mandate_options network request_three_d_secure
        /payment_intent.payment_method_options.card.mandate_options: amount amount_type description end_date interval interval_count reference start_date
          supported_types
        /payment_intent.processing: type
        /payment_method: id object billing_details created customer customer_account livemode metadata type
        /payment_method.billing_details: address email name phone tax_id
        /payment_method.card: brand checks country display_brand exp_month exp_year funding generated_from last4 networks regulated_status
          three_d_secure_usage wallet
        /payment_method.card.checks: address_line1_check address_postal_code_check cvc_check
        /payment_method.card.generated_from: charge payment_method_details setup_attempt
        /payment_method.card.generated_from.payment_method_details: type
        /payment_method.card.networks: available preferred
        /payment_method.card.three_d_secure_usage: supported
        /payout: id object amount application_fee application_fee_amount arrival_date automatic balance_transaction created currency description
          destination failure_balance_transaction failure_code failure_message livemode metadata method original_payout payout_method
          reconciliation_status reversed_by source_type statement_descriptor status trace_id type
        /payout.trace_id: status value
        /plan: id object active amount amount_decimal billing_scheme created currency interval interval_count livemode metadata meter nickname product
          tiers_mode transform_usage trial_period_days usage_type
        /plan.transform_usage: divide_by round
        /price: id object active billing_scheme created currency custom_unit_amount livemode lookup_key metadata nickname product recurring tax_behavior
          tiers_mode transform_quantity type unit_amount unit_amount_decimal
        /price.custom_unit_amount: maximum minimum preset
        /price.recurring: interval interval_count meter trial_period_days usage_type
        /price.transform_quantity: divide_by round
        /product: id object active created description images livemode marketing_features metadata name package_dimensions shippable tax_details type
          updated url
        /product.tax_details: performance_location tax_code
        /review: id object billing_zip charge closed_reason created ip_address ip_address_location livemode open opened_reason reason session
        /review.ip_address_location: city country latitude longitude region
        /review.session: browser device platform version
        /radar.early_fraud_warning: id object actionable charge created fraud_type livemode
        /refund: id object amount balance_transaction charge created currency customer customer_account metadata payment_intent payment_method reason
          receipt_number source_transfer_reversal status transfer_reversal
        /refund.destination_details: type
        /refund.destination_details.card: type
        /setup_intent: id object allowed_payment_method_types application automatic_payment_methods cancellation_reason client_secret created customer
          description excluded_payment_method_types last_setup_error latest_attempt livemode mandate metadata next_action on_behalf_of payment_method
          payment_method_configuration_details payment_method_options payment_method_types single_use_mandate status usage
        /setup_intent.automatic_payment_methods: enabled
        /setup_intent.last_setup_error: type
        /setup_intent.next_action: type
        /setup_intent.next_action.redirect_to_url: return_url url
        /setup_intent.payment_method_options.card: mandate_options network request_three_d_secure
        /setup_intent.payment_method_options.card.mandate_options: amount amount_type currency description end_date interval interval_count reference
          start_date supported_types
        /subscription: id object application application_fee_percent automatic_tax billing_cycle_anchor billing_cycle_anchor_config billing_mode
          billing_schedules billing_thresholds cancel_at cancel_at_period_end canceled_at cancellation_details collection_method created currency customer
          customer_account days_until_due default_payment_method default_source description discounts ended_at invoice_settings items latest_invoice
          livemode managed_payments metadata next_pending_invoice_item_invoice on_behalf_of pause_collection payment_settings
          pending_invoice_item_interval pending_setup_intent pending_update schedule start_date status test_clock transfer_data trial_end trial_settings
          trial_start
        /subscription.automatic_tax: disabled_reason enabled liability
        /subscription.automatic_tax.liability: type
        /subscription.billing_cycle_anchor_config: day_of_month hour minute month second
        /subscription.billing_mode: flexible type
        /subscription.billing_schedules: applies_to bill_until key
        /subscription.billing_schedules.applies_to: price type
        /subscription.billing_schedules.bill_until: computed_timestamp duration timestamp type
        /subscription.billing_schedules.bill_until.duration: interval interval_count
        /subscription.cancellation_details: comment feedback feedback_option reason
        /subscription.invoice_settings: account_tax_ids custom_fields description footer issuer
        /subscription.invoice_settings.issuer: type
        /subscription.pause_collection: behavior resumes_at
        /subscription.payment_settings: payment_method_options payment_method_types save_default_payment_method
        /subscription.payment_settings.payment_method_options: acss_debit bancontact card customer_balance konbini payto pix sepa_debit upi
          us_bank_account
        /subscription.payment_settings.payment_method_options.bancontact: preferred_language
        /subscription.payment_settings.payment_method_options.card: network request_three_d_secure
        /subscription.payment_settings.payment_method_options.customer_balance: funding_type
        /subscription.pending_invoice_item_interval: interval interval_count
        /subscription.status_details: paused
        /subscription.status_details.paused: subscription transitioned_at type
        /subscription.status_details.paused.subscription: type
        /subscription.trial_settings: end_behavior
        /subscription.trial_settings.end_behavior: billing_cycle_anchor missing_payment_method
        /subscription_item: id object billing_thresholds created current_period_end current_period_start current_trial discounts metadata plan price
          subscription tax_rates
        /subscription_item.current_trial: end_date start_date trial_offer
        /subscription_schedule: id object application billing_mode canceled_at completed_at created current_phase customer customer_account
          default_settings end_behavior livemode metadata pause_schedules phases released_at released_subscription status subscription test_clock
        /subscription_schedule.billing_mode: flexible type
        /subscription_schedule.current_phase: end_date start_date
        /subscription_schedule.default_settings: application_fee_percent billing_cycle_anchor billing_thresholds collection_method default_payment_method
          description invoice_settings on_behalf_of transfer_data
        /subscription_schedule.default_settings.invoice_settings: account_tax_ids custom_fields days_until_due description footer issuer
        /subscription_schedule.default_settings.invoice_settings.issuer: type
        /subscription_schedule.phases: add_invoice_items application_fee_percent billing_cycle_anchor billing_thresholds collection_method currency
          default_payment_method description discounts end_date invoice_settings items metadata on_behalf_of proration_behavior start_date transfer_data
          trial_end
        /subscription_schedule.phases.add_invoice_items: discountable discounts metadata period price quantity
        /subscription_schedule.phases.add_invoice_items.discounts: coupon discount promotion_code
        /subscription_schedule.phases.add_invoice_items.period: end start
        /subscription_schedule.phases.add_invoice_items.period.end: type
        /subscription_schedule.phases.add_invoice_items.period.start: type
        /subscription_schedule.phases.discounts: coupon discount promotion_code
        /subscription_schedule.phases.invoice_settings: account_tax_ids custom_fields days_until_due description footer issuer
        /subscription_schedule.phases.invoice_settings.issuer: type
        /subscription_schedule.phases.items: billing_thresholds discounts metadata plan price
        /subscription_schedule.phases.items.discounts: coupon discount promotion_code
        /test_helpers.test_clock: id object created deletes_after frozen_time livemode name status status_details
        /webhook_endpoint: id object api_version application created description enabled_events livemode metadata status url
        """;
}
