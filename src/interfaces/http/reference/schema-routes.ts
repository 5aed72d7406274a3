import Router from '@koa/router';
import { z } from 'zod';
import { OPPORTUNITY_EVENTS_V1 } from '#application/messages/opportunity-events-v1';

/** /schemas/{ce_type}.json: the JSON Schema of the data of each message, for consumers. The same schemas validate messages. */
export class SchemaRoutes {
  readonly router = new Router({ sensitive: true, strict: true });

  constructor() {
    for (const { type, schema } of Object.values(OPPORTUNITY_EVENTS_V1)) {
      // The schemas allow unknown properties, because consumers must accept properties that later versions add.
      const published = {
        $id: `urn:opportunities:schema:${type}`,
        title: type,
        ...z.toJSONSchema(schema, { io: 'input' }),
      };
      this.router.get(`/schemas/${type}.json`, (ctx) => {
        ctx.body = published;
        ctx.type = 'application/schema+json';
      });
    }
  }
}
