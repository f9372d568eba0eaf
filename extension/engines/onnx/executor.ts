import { executorFamily } from '../executor.ts';
import { onnxEngine } from './onnxEngine.ts';

/** Runs programs in this process through onnxruntime. */
export const onnxExecutor = executorFamily(onnxEngine());
