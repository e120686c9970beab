-- Contact details, and nothing else, in a file of their own. Sealed to public keys whose private halves are not here.
CREATE TABLE contacts (
  contact_id TEXT PRIMARY KEY,
  donor_id TEXT NOT NULL,
  pledge_id TEXT NOT NULL,
  email_index BLOB NOT NULL,
  sealed_email BLOB NOT NULL,
  key_id TEXT NOT NULL,
  create_time_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX contacts_by_email ON contacts (email_index);
CREATE INDEX contacts_by_donor ON contacts (donor_id);
