import type { PlantedFault } from './planted-fault.ts';
import { OPERATOR_FAULTS } from './operator-faults.ts';
import { READ_FAULTS } from './read-faults.ts';
import { RELAY_FAULTS } from './relay-faults.ts';
import { SYSTEM_FAULTS } from './system-faults.ts';
import { TOKEN_FAULTS } from './token-faults.ts';
import { TRANSACTION_FAULTS } from './transaction-faults.ts';
import { USE_CASE_FAULTS } from './use-case-faults.ts';
import { WIRING_FAULTS } from './wiring-faults.ts';

/** All planted faults, by area. */
export const FAULTS: readonly (readonly [area: string, faults: readonly PlantedFault[]])[] = [
  ['inside a transaction', TRANSACTION_FAULTS],
  ['in lists and the change feed', READ_FAULTS],
  ['in the use cases of opportunities', USE_CASE_FAULTS],
  ['in the outbox and the relay', RELAY_FAULTS],
  ['in what operators see and change', OPERATOR_FAULTS],
  ['around tokens', TOKEN_FAULTS],
  ['in ports that no use case needs', SYSTEM_FAULTS],
  ['in the wiring', WIRING_FAULTS],
];
