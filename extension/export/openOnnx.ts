import type { TunedModel } from '../checkpoint/tunedModel.ts';
import { openFile } from '../engines/onnx/openFile.ts';
import type { Feeds } from '../graph/tensor.ts';
import { type LogitsModel, logitsOf, logitsSpec } from '../inference/tunedGraphs.ts';
import { writingHead } from '../models/model/model.ts';
import { buildLogits } from '../training/plan/program.ts';
import { pastLogits } from './pastGraph.ts';

/**
 * Opens an exported ONNX file for its logits.
 * @param fed tensors that are passed at every run
 */
export async function openOnnx(file: string, tuned: TunedModel, fed: Feeds = {}): Promise<LogitsModel> {
  const own = await openFile(file);
  const session: typeof own = { ...own, run: (graph, feeds, keep) => own.run(graph, { ...feeds, ...fed }, keep) };
  if (tuned.head !== writingHead) return logitsOf(session, 'model');
  return pastLogits(session, tuned.model.dimensions, buildLogits(logitsSpec(tuned)).positionShift);
}
