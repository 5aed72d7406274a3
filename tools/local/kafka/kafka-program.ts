import type { Program } from '../processes/kept-process.ts';

export type KafkaOptions = {
  /** All it keeps: `data/`, `server.properties` and `server.log`. Made when missing; data of an earlier start is used again. */
  readonly dir: string;
  /** The folder that `fetchKafka` filled. Not used where Docker runs the broker. */
  readonly libs: string;
  /** Default: a free port. */
  readonly port?: number;
  /** Remove `dir` when the broker is stopped, or when this process ends in any way. */
  readonly removeOnStop?: boolean;
  /** Further lines for server.properties; they win over what is set here. Not used where Docker runs the broker. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The JVM's flags. Default: quick to start, at most 512 MB of heap. */
  readonly jvm?: readonly string[];
};

/** How a broker is run: by Java (kafka-java.ts) or in a container (kafka-container.ts). */
export type KafkaProgram = Pick<Program, 'command' | 'args' | 'cwd' | 'afterwards'> & {
  /** Sends the broker a signal, where it is not the program itself. */
  readonly kill?: (signal: NodeJS.Signals) => void;
};
