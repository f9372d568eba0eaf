import type { OnnxDevice } from '../../extension/engines/onnx/native/providers.ts';

/** Where the golden suites compute: `PEFT_LAB_TEST_DEVICE`, else the CPU. */
export const testDevice = (process.env.PEFT_LAB_TEST_DEVICE ?? 'cpu') as OnnxDevice;
