import type { BatchLimit } from '#application/ports/outbox/outbox-queue';

/**
 * The largest batch that one call sends. kafkajs groups a batch by copying, at a cost that grows with the square of its
 * length; and all messages of a batch may be of one partition, where Kafka takes 1,048,588 bytes unless the topic says
 * otherwise.
 */
export const BATCH_LIMIT: BatchLimit = { messages: 500, bytes: 900_000 };

/**
 * The largest size of a message. Together with the bytes that Kafka adds to a record, it stays below Kafka's limit of
 * 1,048,588 bytes.
 */
export const LARGEST_MESSAGE_BYTES = 900_000;
