-- Mail that leaves encrypted: what is demanded, what was done, and what was sealed until it was sent.

ALTER TABLE notification ADD COLUMN encryption TEXT NOT NULL DEFAULT 'when_possible';  -- required, when_possible, never
ALTER TABLE notification ADD COLUMN sealed TEXT NOT NULL DEFAULT '';                   -- "openpgp FINGERPRINT ..." of what left last; '' in clear

-- Sealing the same message twice gives other bytes. What was sealed for an attempt is what every later attempt sends.
CREATE TABLE notification_parcel (
    notification INTEGER PRIMARY KEY REFERENCES notification (id),
    sealed_for TEXT NOT NULL,           -- the addresses and the keys: for others it is sealed anew
    bytes BLOB NOT NULL
);
