import { DomainError } from './domain-error.ts';

/** A policy's answer: allowed, or denied with a reason that the actor may read. */
export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

export class NotPermitted extends DomainError {
  readonly code = 'forbidden';
}

export function allowIf(condition: boolean, otherwise: string): Decision {
  return condition ? { allowed: true } : { allowed: false, reason: otherwise };
}

/** @throws NotPermitted with the policy's reason. */
export function ensure(decision: Decision): void {
  if (!decision.allowed) throw new NotPermitted(decision.reason);
}
