// graphile-worker as fast as its own settings make it: jobs added in batches, then run and acknowledged.
//   node care_peer.mjs DATABASE_URL JOBS
import { performance } from "node:perf_hooks";
import { createRequire } from "node:module";

const require = createRequire(process.cwd() + "/");
const { run, makeWorkerUtils } = require("graphile-worker");
const { Pool } = require("pg");

const [connectionString, wanted] = process.argv.slice(2);
const jobs = Number(wanted);
const batch = 1000;
const pool = new Pool({ connectionString, max: 20 });
const utils = await makeWorkerUtils({ pgPool: pool });
await utils.migrate();

const began = performance.now();
for (let done = 0; done < jobs; done += batch) {
    const size = Math.min(batch, jobs - done);
    await utils.addJobs(Array.from({ length: size }, (_, i) => ({
        identifier: "prompt", payload: { id: done + i },
    })));
}
const enqueued = performance.now();

let seen = 0;
let finish;
const finished = new Promise((resolve) => (finish = resolve));
const runner = await run({
    pgPool: pool,
    preset: {
        worker: {
            concurrentJobs: 24,
            pollInterval: 100,
            localQueue: { size: 500 },
            completeJobBatchDelay: 1,
            failJobBatchDelay: 1,
        },
    },
    noHandleSignals: true,
    logger: new (require("graphile-worker").Logger)(() => () => {}),
    taskList: {
        prompt: async () => {
            seen += 1;
            if (seen === jobs) finish();
        },
    },
});
await finished;
// Acknowledged means gone from the table.
for (;;) {
    const left = await pool.query("SELECT 1 FROM graphile_worker._private_jobs LIMIT 1");
    if (left.rowCount === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
}
const ended = performance.now();
await runner.stop();
await utils.release();
await pool.end();

const enqueue = jobs / ((enqueued - began) / 1000);
const dispatch = jobs / ((ended - enqueued) / 1000);
const both = jobs / ((ended - began) / 1000);
console.log(JSON.stringify({ jobs, enqueue, dispatch, both }));
