-- Who signed the mail that a report came in, and whether the signature is good: "good: FINGERPRINT, Abuse <a@b.example>".
ALTER TABLE events_report ADD COLUMN signature TEXT NOT NULL DEFAULT '';
