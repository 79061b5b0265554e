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

/// The language the team writes in where nobody says otherwise: a setting.
inline std::string team_language(Doors const& doors) {
    if (doors.settings)
        for (auto const& setting : doors.settings())
            if (setting.key == "mail.language") return replaced(setting.value, "\"", "");
    return "en";
}

}  // namespace tocsin::api
