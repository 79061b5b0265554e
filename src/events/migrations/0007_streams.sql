-- Sources whose messages are pushed to us by a broker: kinds 3 stomp, 4 amqp, 5 kafka.
ALTER TABLE events_source ADD COLUMN queue TEXT NOT NULL DEFAULT '';           -- a destination, a queue, topics
ALTER TABLE events_source ADD COLUMN consumer_group TEXT NOT NULL DEFAULT '';  -- kafka
ALTER TABLE events_source ADD COLUMN mechanism TEXT NOT NULL DEFAULT '';       -- kafka: of SASL
ALTER TABLE events_source ADD COLUMN stream_headers TEXT NOT NULL DEFAULT '';  -- stomp: of SUBSCRIBE, one a line
ALTER TABLE events_source ADD COLUMN most_messages INTEGER NOT NULL DEFAULT 1000;

-- The newest messages of a stream, by what they were handed over in. Written before the report is accepted: if a kill
-- comes before the broker has heard that they are ours, they come again and are known by this.
CREATE TABLE events_source_group (
    source INTEGER NOT NULL,
    number INTEGER NOT NULL,
    sha256 TEXT NOT NULL,               -- of the report
    messages BLOB NOT NULL,             -- the first 16 bytes of each message's SHA-256
    PRIMARY KEY (source, number)
);
