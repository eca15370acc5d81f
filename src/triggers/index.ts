export { startDelivery, type Delivery, type DeliveryOptions } from "./delivery.ts";
