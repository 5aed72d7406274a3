/**
 * Keys, and what `org.apache.kafka.common.utils.Utils.murmur2` of kafka-clients 4.4.0 makes of their UTF-8: lengths with
 * each remainder of 4, text beyond ASCII, ids as events have them, signs of both kinds.
 */
export const JAVA_HASHES: readonly (readonly [key: string, hash: number])[] = [
  ['a', -1563381124],
  ['ab', 316155434],
  ['abc', 479470107],
  ['abcd', -1323649548],
  ['abcde', 461995741],
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['☕', 996485380],
  ['zażółć', 2056704],
  ['0199f0a2-7b1c-7def-8123-456789abcdef', 1921645810],
  ['0199f0a2-7b1c-7def-8123-456789abcdee', -739399412],
  ['00000000-0000-7000-8000-000000000000', 880388358],
  ['ffffffff-ffff-7fff-bfff-ffffffffffff', 712182640],
];
