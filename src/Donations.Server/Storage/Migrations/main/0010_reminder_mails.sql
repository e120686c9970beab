-- A reminder's mail has no pledge: its address is joined from the vault by the reminder. pledge_id and donor_id are empty then.
ALTER TABLE mails ADD COLUMN reminder_id TEXT;
