const MULTIPLIER = 0x5bd1e995;
const SEED = 0x9747b28c;

/**
 * The hash by which the Java client distributes keys: divided by the number of partitions, its remainder is the key's
 * partition (`murmur2` and `toPositive` of `org.apache.kafka.common.utils.Utils`). Both Kafka clients have this hash, too,
 * but compute it with BigInt, which took a tenth of the time of a record.
 * @param key the UTF-8 bytes of the key.
 * @returns a number from 0 to 2³¹ − 1.
 */
export function positiveMurmur2(key: Buffer): number {
  const whole = key.length & ~3;
  let hash = SEED ^ key.length;
  for (let at = 0; at < whole; at += 4) {
    const word = Math.imul(key.readInt32LE(at), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word ^ (word >>> 24), MULTIPLIER);
  }
  const rest = key.length - whole;
  if (rest > 0) hash = Math.imul(hash ^ key.readUIntLE(whole, rest), MULTIPLIER);
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return (hash ^ (hash >>> 15)) & 0x7fffffff;
}
