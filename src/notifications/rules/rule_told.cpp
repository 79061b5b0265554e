#include "notifications/rule_told.hpp"

#include "notifications/impl.hpp"
#include "notifications/rules.hpp"
#include "notifications/rules/judge.hpp"

#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

namespace tocsin::notifications {
namespace rules {
namespace {

constexpr std::string_view by_settings = "settings", by_campaign = "campaign";

/// What a message said of the rules that made it.
struct Making {
    std::vector<std::string> names;  ///< in the order of their file
    std::int64_t version = 0;
};

class Told : public RuleTold {
  public:
    static Result<std::unique_ptr<RuleTold>> load(Notifications::Impl& house) {
        auto told = std::make_unique<Told>();
        CHECK(house.ledger.read([&](store::Transaction& tx) { return told->load(tx); }));
        TRY(auto const people, People::load(house.constituency.directory()));
        for (auto const& [key, number] : told->numbers_) {
            auto const version = told->makings_[number].version;
            if (told->makings_[number].names.size() < 2 || told->files_.contains(version)) continue;
            TRY(auto const saved, house.rules.version(version));
            auto parsed = parse_rules(saved.text);
            if (!parsed.faults.empty()) continue;  // of an earlier release: the first named has to do
            auto& file = told->files_[version];
            file.set = std::make_shared<RuleSet const>(std::move(parsed.set));
            std::vector<Condition const*> conditions;
            for (auto const& rule : file.set->rules) conditions.push_back(&rule.when);
            file.matcher.emplace(std::move(conditions), people);
        }
        return std::unique_ptr<RuleTold>(std::move(told));
    }

    std::string_view rule_of(events::Finding const& finding) const override {
        auto const found = first_.find(finding.id);
        if (found == first_.end()) return {};
        auto const& making = makings_[found->second.second];
        auto const file = files_.find(making.version);
        if (making.names.size() > 1 && file != files_.end()) {
            auto const& rules = file->second.set->rules;
            // Rules take findings in their order; those that are not named did not take it.
            for (std::size_t i = 0; i < rules.size(); ++i) {
                auto const name = std::ranges::find(making.names, rules[i].name);
                if (name != making.names.end() && file->second.matcher->meets(i, finding, found->second.first))
                    return *name;
            }
        }
        return making.names.front();
    }

  private:
    struct File {
        std::shared_ptr<RuleSet const> set;
        std::optional<Matcher> matcher;
    };

    Status load(store::Transaction& tx) {
        return tx.query(
            "SELECT f.finding, n.sent, coalesce(o.source, 'plan'), coalesce(o.rules, ''), coalesce(o.version, 0) FROM "
            "notified_finding f JOIN notification n ON n.id = f.notification LEFT JOIN notification_outcome o ON "
            "o.notification = n.id WHERE n.sent IS NOT NULL AND coalesce(o.source, 'plan') <> 'escalation'",
            {}, [&](store::Row const& row) {
                auto const sent = row.time(1);
                auto const [at, is_new] = first_.try_emplace(row.string(0), sent, 0);
                if (!is_new && at->second.first <= sent) return;
                at->second = {sent, number_of(row.text(2), row.text(3), row.integer(4))};
            });
    }

    std::size_t number_of(std::string_view source, std::string_view rules, std::int64_t version) {
        Key key{source == by_campaign, std::string(rules), version};
        auto const [at, is_new] = numbers_.try_emplace(std::move(key), makings_.size());
        if (!is_new) return at->second;
        auto& making = makings_.emplace_back();
        making.version = version;
        if (source == by_campaign)
            making.names = {std::string(by_campaign)};
        else if (rules.empty())
            making.names = {std::string(by_settings)};
        else
            for (auto const name : split(rules, '\n')) making.names.emplace_back(name);
        return at->second;
    }

    using Key = std::tuple<bool, std::string, std::int64_t>;
    std::unordered_map<std::string, std::pair<Timestamp, std::size_t>> first_;  ///< when, and how it was made
    std::map<Key, std::size_t> numbers_;
    std::vector<Making> makings_;
    std::map<std::int64_t, File> files_;  ///< by version, where several rules share a message
};

}  // namespace
}  // namespace rules

Result<std::unique_ptr<RuleTold>> Rules::told() {
    return rules::Told::load(house_);
}

}  // namespace tocsin::notifications
