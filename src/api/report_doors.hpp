#pragma once
#include "api/api.hpp"
#include "reports/reports.hpp"

/// The rooms that reports read, as the api has them. Private to api.
namespace tocsin::api {

inline reports::Rooms report_rooms(Doors const& doors) {
    return {.ledger = *doors.ledger,
            .gate = *doors.gate,
            .constituency = *doors.constituency,
            .events = *doors.events,
            .notifications = *doors.notifications,
            .intelligence = *doors.intelligence,
            .peers = *doors.peers,
            .readiness = *doors.readiness};
}

}  // namespace tocsin::api
